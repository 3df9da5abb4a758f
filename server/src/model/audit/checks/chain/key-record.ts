import type { KeyFindingCode } from "chancery/dkim";
import type { AuditFinding } from "../../check.ts";
import { keyAt, type KeyNameSeen } from "./key-name.ts";
import { shownTexts, tell, type ChainRule } from "./tell.ts";

/** What is told of a record although something else is wrong with its name: these are faults of their own. */
const apartFromTheName: ReadonlySet<KeyFindingCode> = new Set([
  "KeyWeak",
  "KeyTesting",
  "KeyUnusual",
  "PrivateKeyPublished",
]);

/** AUD-C-12: what the linter finds in the record at the end. `nameIsAtFault`: the name has a fault that explains the rest. */
export function recordFindings(seen: KeyNameSeen, nameIsAtFault: boolean): AuditFinding[] {
  const { end } = seen;
  if (end.end !== "texts") return [];
  const findings = end.lint.findings
    .filter(({ code }) => (!nameIsAtFault || apartFromTheName.has(code)) && !isNoFaultHere(code, seen))
    .map(({ code, severity, problem, remedy }) =>
      tell(seen, {
        code: code === "NoKeyRecord" && seen.chain.aliases.length > 0 ? "TargetMissing" : code,
        severity: code === "KeyRevoked" && isInUse(seen) ? "high" : severity,
        summary: problem,
        remedy,
        evidence: shownTexts(end.texts),
        at: seen.chain.finalName,
      }),
    );
  return oneMalformed(findings);
}

/** A record that cannot be read is one fault, whatever it takes to mend it. */
function oneMalformed(findings: readonly AuditFinding[]): AuditFinding[] {
  const malformed = findings.filter(({ code }) => code === "KeyMalformed");
  const [first] = malformed;
  if (first === undefined) return [...findings];
  const together = {
    ...first,
    summary: malformed.map(({ summary }) => summary).join("; "),
    remedy: malformed.map(({ remedy }) => remedy).join("; "),
  };
  return findings.flatMap((finding) => (finding === first ? together : finding.code === "KeyMalformed" ? [] : finding));
}

const isInUse = ({ use }: KeyNameSeen): boolean => use === "in-mail" || use === "given";

/** A revoked key where it is another selector's turn; some text where nobody expects a key. */
const isNoFaultHere = (code: KeyFindingCode, { isIdle, use }: KeyNameSeen): boolean =>
  (code === "KeyRevoked" && isIdle) || (code === "NoKeyRecord" && use === "not-expected");

export const keyMismatch: ChainRule = (seen) => {
  const key = keyAt(seen);
  const { fingerprint } = seen.expected;
  if (key === undefined || fingerprint === undefined || key.fingerprint === fingerprint) return undefined;
  return tell(seen, {
    code: "KeyMismatch",
    severity: "high",
    summary: "a sound key is there, and it is not the one expected",
    evidence: [`expected SHA-256 ${fingerprint}`, `found SHA-256 ${key.fingerprint}`],
    remedy: "publish the record of the expected key, or expect the one that is published",
    at: seen.chain.finalName,
  });
};
