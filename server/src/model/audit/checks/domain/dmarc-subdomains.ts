import { type AuditFinding, doesNotApply } from "../../check.ts";
import { appliedPolicy } from "./dmarc-policy.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { recordSeen, tell } from "./tell.ts";

/** Whether subdomains are as well protected as the domain. `sp=` and `np=` count at the organizational domain only (RFC 9989 §4.7). */
export const dmarcSubdomains = postureCheck({
  name: "dmarc-subdomains",
  title: "Subdomains are as well protected as the domain",
  codes: ["DmarcSubdomainWeaker", "DmarcWildcard"],
  needs: "dmarc",
  look: ({ posture: { dmarc } }) => {
    if (dmarc.applies.state === "unknown") return unanswered;
    const policy = appliedPolicy(dmarc);
    const findings: AuditFinding[] = dmarc.wildcards.map(({ owner, text }) =>
      tell({
        code: "DmarcWildcard",
        severity: "low",
        at: owner,
        summary: owner.startsWith("*._dmarc.")
          ? `the wildcard ${owner} protects nothing: no receiver asks below _dmarc`
          : `the wildcard ${owner} gives a DMARC record to every name below, which counts in the place of sp= and np=`,
        evidence: [recordSeen(owner, text)],
        remedy:
          "remove the record at the wildcard: the record at the domain covers every subdomain, sp= and np= say how",
      }),
    );
    if (policy === undefined) return findings.length > 0 ? findings : doesNotApply;
    const weaker = policy.record.remarks.filter(({ code }) => code === "weaker-subdomains").map(({ tag }) => tag);
    if (weaker.length > 0 && policy.domain === dmarc.organizationalDomain) {
      const tags = weaker.map((tag) => `${tag}=${policy.record[tag as "sp" | "np"] ?? ""}`).join(" and ");
      findings.push(
        tell({
          code: "DmarcSubdomainWeaker",
          severity: "medium",
          at: policy.owner,
          summary: `${tags} asks for less than p=${policy.record.p ?? ""}: whoever forges mail takes a subdomain`,
          evidence: [recordSeen(policy.owner, policy.text)],
          remedy: `take ${weaker.map((tag) => `${tag}=`).join(" and ")} out once the mail of your subdomains passes, so that p= is for them, too`,
        }),
      );
    }
    return findings;
  },
});
