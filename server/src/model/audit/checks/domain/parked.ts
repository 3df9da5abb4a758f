import { doesNotApply } from "../../check.ts";
import { appliedPolicy } from "./dmarc-policy.ts";
import { hasKey, mailUse } from "./mail-use.ts";
import { type PostureEvidence, postureCheck, unanswered } from "./posture-check.ts";
import { refusesAll } from "./spf-reach.ts";
import { recordSeen, tell } from "./tell.ts";

/** Whether a domain that sends no mail says so: in SPF and in DMARC, which are what receivers ask. */
export const parked = postureCheck({
  name: "parked",
  title: "A domain that sends no mail says so",
  codes: ["ParkedUnprotected"],
  needs: "apex",
  look: (evidence) => {
    const { domain, posture, expectations } = evidence;
    const { use, signs } = mailUse(evidence);
    if (use !== "parked" || posture.dmarc.exists === "does-not-exist") return doesNotApply;
    if (posture.dmarc.applies.state === "unknown" || posture.spf.state === "unknown") return unanswered;
    const lacks = lacking(evidence);
    if (lacks.length === 0) return [];
    return [
      tell({
        code: "ParkedUnprotected",
        severity: "medium",
        at: domain,
        type: "MX",
        also: [
          [domain, "TXT"],
          [`_dmarc.${domain}`, "TXT"],
        ],
        summary: `${domain} ${expectations.parked ? "is said to send no mail" : "seems to send no mail"}, and does not tell receivers so: ${lacks.join(", ")}`,
        evidence: [...seen(evidence), ...signs],
        remedy: [
          `publish v=spf1 -all at ${domain}`,
          `v=DMARC1; p=reject; at _dmarc.${domain}`,
          `v=DKIM1; p= at *._domainkey.${domain}`,
          "and, where it takes no mail either, the MX record 0 .",
        ].join("; "),
      }),
    ];
  },
});

function lacking({ posture, selectors }: PostureEvidence): string[] {
  const { spf, dmarc } = posture;
  const lacks: string[] = [];
  if (spf.state !== "present") lacks.push("there is no SPF record");
  else if (!refusesAll(spf)) lacks.push("its SPF record does not refuse every address");
  const policy = appliedPolicy(dmarc);
  if (policy === undefined) lacks.push("there is no DMARC record");
  else if (policy.effective !== "reject") lacks.push(`its DMARC policy is ${policy.effective ?? "not readable"}`);
  const live = selectors.filter(({ chain }) => hasKey(chain));
  if (live.length > 0) lacks.push(`${live[0]!.keyName} still has a key`);
  return lacks;
}

function seen({ domain, posture: { spf, dmarc, mx } }: PostureEvidence): string[] {
  return [
    mx.state === "present"
      ? `${domain} MX ${mx.values.map(({ preference, host }) => `${preference} ${host}`).join(", ")}`
      : `${domain} has no MX record`,
    spf.state === "present" ? recordSeen(domain, spf.text) : `${domain} has no SPF record`,
    dmarc.applies.state === "present"
      ? recordSeen(`_dmarc.${dmarc.applies.domain}`, dmarc.applies.text)
      : `_dmarc.${domain} has no DMARC record`,
  ];
}
