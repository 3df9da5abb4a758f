import { type AuditFinding, type Check, needsEvidence, outcomeOf } from "../../check.ts";
import { isSound, keyAt, type KeyNameSeen } from "./key-name.ts";
import { keyNamesOf } from "./key-names-of.ts";
import { selectorsNeeded } from "./selectors-needed.ts";

/**
 * Two selectors with one key: the second alias was pasted with the target of the first, or a key was copied. A rotation to
 * the other selector then changes nothing, or breaks.
 */
export const keyRepeated: Check = {
  name: "keys-apart",
  title: "Every selector has a key of its own",
  codes: ["KeyRepeated"],
  look: (evidence, context) => {
    const seen = keyNamesOf(evidence, context).filter(
      (one) => isSound(one) && !one.fromWildcard && !isToldOtherwise(one),
    );
    if (seen.length === 0) return needsEvidence(selectorsNeeded);
    return outcomeOf([...byKey(seen).values()].flatMap(repeated));
  },
};

/** One key for all customers has its own check; so have the two aliases of Microsoft 365. */
const isToldOtherwise = ({ provider }: KeyNameSeen): boolean =>
  provider?.key.scope === "all-customers" || provider?.id === "microsoft365";

function byKey(seen: readonly KeyNameSeen[]): Map<string, KeyNameSeen[]> {
  const keys = new Map<string, KeyNameSeen[]>();
  for (const one of seen) {
    const { fingerprint } = keyAt(one)!;
    keys.set(fingerprint, [...(keys.get(fingerprint) ?? []), one]);
  }
  return keys;
}

function repeated([first, ...others]: KeyNameSeen[]): AuditFinding[] {
  const [second] = others;
  if (first === undefined || second === undefined) return [];
  const names = [first, ...others].map(({ keyName }) => keyName);
  return [
    {
      code: "KeyRepeated",
      severity: "low",
      subject: second.keyName,
      summary: `${names.length} selectors lead to one key: rotating from one to the other changes nothing`,
      evidence: names.map((name) => `${name} has SHA-256 ${keyAt(first)!.fingerprint}`),
      remedy:
        second.chain.aliases.length > 0
          ? "compare the target of each alias with what the sender gave you for that selector"
          : "make a key for each selector, or remove the selector that is not used",
      commands: names.map((name) => `dig +noall +answer +comments ${name} TXT`),
    },
  ];
}
