import { isBimiRecord, parseBimiRecord } from "chancery/policy";
import { type AuditFinding, doesNotApply } from "../../check.ts";
import type { DmarcEvidence } from "../../evidence/domain.ts";
import { appliedPolicy } from "./dmarc-policy.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { recordSeen, tell } from "./tell.ts";

/** Where a logo is published: whether it can be shown. The logo itself is not fetched. */
export const bimi = postureCheck({
  name: "bimi",
  title: "The BIMI record can be read, and DMARC enforces",
  codes: ["BimiMalformed", "BimiWithoutEnforcement"],
  look: ({ posture: { bimi: seen, dmarc } }) => {
    const { name, answer } = seen;
    if (answer.state === "unknown") return unanswered;
    const records = answer.state === "present" ? answer.values.filter(isBimiRecord) : [];
    const [text] = records;
    if (text === undefined) return doesNotApply;
    const parsed = parseBimiRecord(text);
    const finding = (
      code: "BimiMalformed" | "BimiWithoutEnforcement",
      summary: string,
      evidence: string[],
      remedy: string,
    ): AuditFinding =>
      tell({
        code,
        severity: "low",
        at: name,
        summary,
        evidence: [...records.map((one) => recordSeen(name, one)), ...evidence],
        remedy,
      });
    if (records.length > 1 || !parsed.ok)
      return [
        finding(
          "BimiMalformed",
          records.length > 1
            ? "there are several BIMI records"
            : `the BIMI record cannot be read: ${parsed.ok ? "" : parsed.problem}`,
          [],
          "publish one record of the form v=BIMI1; l=https address of the SVG; a=https address of the certificate",
        ),
      ];
    if (parsed.value.logo === undefined || dmarc.applies.state === "unknown") return [];
    const weakness = weaknessOf(dmarc);
    return weakness === undefined
      ? []
      : [
          finding(
            "BimiWithoutEnforcement",
            `receivers show the logo only where DMARC enforces, and ${weakness}`,
            dmarc.applies.state === "present" ? [recordSeen(`_dmarc.${dmarc.applies.domain}`, dmarc.applies.text)] : [],
            "go to p=quarantine or p=reject, for subdomains as well",
          ),
        ];
  },
});

function weaknessOf(dmarc: DmarcEvidence): string | undefined {
  const policy = appliedPolicy(dmarc);
  if (policy === undefined) return "there is no DMARC policy";
  if (policy.effective === undefined || policy.effective === "none") return "the policy asks for nothing";
  return policy.record.sp === "none" ? "sp=none leaves subdomains open" : undefined;
}
