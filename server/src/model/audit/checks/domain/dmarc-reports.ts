import { parsePolicyRecord } from "chancery/dmarc";
import { type AuditFinding, doesNotApply } from "../../check.ts";
import type { DmarcEvidence } from "../../evidence/domain.ts";
import { appliedPolicy } from "./dmarc-policy.ts";
import { openNames } from "./relied-names.ts";
import { mailUse } from "./mail-use.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { recordSeen, tell } from "./tell.ts";

/** Whether aggregate reports are asked for, and whoever gets them wants them (RFC 9990 §4). */
export const dmarcReports = postureCheck({
  name: "dmarc-reports",
  title: "DMARC reports are asked for, and their receivers take them",
  codes: ["DmarcWithoutReports", "ReportsUnauthorised"],
  needs: "dmarc",
  look: (evidence, context) => {
    const { dmarc } = evidence.posture;
    if (dmarc.applies.state === "unknown") return unanswered;
    const policy = appliedPolicy(dmarc);
    if (policy === undefined) return doesNotApply;
    const { owner, text, record } = policy;
    if (record.rua.length === 0 && mailUse(evidence).use !== "parked")
      return [
        tell({
          code: "DmarcWithoutReports",
          severity: "low",
          at: owner,
          summary: "the DMARC record names no address for aggregate reports (rua=)",
          evidence: [recordSeen(owner, text)],
          remedy: "add rua=mailto: and an address that takes reports",
        }),
      ];
    // A host that nobody has registered is told by another check.
    const open = openNames(evidence.posture, context);
    return unauthorised(dmarc, owner, text)
      .filter(({ host }) => !open.has(host))
      .map(({ finding }) => finding);
  },
});

function unauthorised(
  { applies, destinations }: DmarcEvidence,
  owner: string,
  text: string,
): { host: string; finding: AuditFinding }[] {
  const domain = applies.state === "present" ? applies.domain : "";
  const byHost = new Map<string, { host: string; finding: AuditFinding }>();
  for (const { tag, uri, host, authorisation } of destinations) {
    if (authorisation === undefined || byHost.has(host)) continue;
    const { name, answer } = authorisation;
    if (answer.state === "unknown") continue;
    if (answer.state === "present" && answer.values.some((value) => parsePolicyRecord(value).ok)) continue;
    const finding = tell({
      code: "ReportsUnauthorised",
      severity: "medium",
      at: name,
      also: [[owner, "TXT"]],
      summary: `${tag}= sends reports on ${domain} to ${host}, and ${host} does not say that it wants them`,
      evidence: [recordSeen(owner, text), `${name} has no record that begins with v=DMARC1`],
      remedy: `ask whoever runs ${host} to publish a TXT record v=DMARC1 at ${name}, or send ${uri} nothing more`,
    });
    byHost.set(host, { host, finding });
  }
  return [...byHost.values()];
}
