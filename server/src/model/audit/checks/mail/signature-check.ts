import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { FindingCode } from "../../finding-codes.ts";
import { alignedSignatures, byKeyName, type Signed } from "./signed-mail.ts";

type Judged = Omit<AuditFinding, "code" | "severity" | "subject">;

/** A check that looks at the domain's own signatures one by one; one finding for each key whose signer does it wrong. */
export const signatureCheck = (
  { name, title, code }: { name: string; title: string; code: FindingCode },
  isWrong: (signed: Signed) => boolean,
  words: (wrong: readonly Signed[], selector: string) => Judged,
): Check => ({
  name,
  title,
  codes: [code],
  look: (evidence) => {
    if (evidence.mail === undefined) return needsEvidence("messages as a receiver has them (--mail FILE)");
    const signed = alignedSignatures(evidence);
    if (signed.length === 0) return doesNotApply;
    const findings = [...byKeyName(signed.filter(isWrong))].map(([subject, wrong]): AuditFinding => ({
      code,
      severity: "medium",
      subject,
      ...words(wrong, wrong[0]!.signature.selector ?? ""),
    }));
    return outcomeOf(findings);
  },
});
