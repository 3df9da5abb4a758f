import { judgeTrace, type TracedChain, type TracedKey, withoutSecrets } from "../trace.ts";
import type { AuditContext } from "./check.ts";
import type { AuditEvidence, SelectorEvidence, SelectorSource } from "./evidence.ts";

/** A selector as a report lists it. `verdict`: whether it leads to exactly one sound key. */
export type SelectorSummary = {
  selector: string;
  keyName: string;
  verdict: "sound" | "broken" | "unknown";
  /** How it came to be known, the surest first. */
  sources: readonly SelectorSource[];
  /** What the key name leads to; no private key is shown. */
  chain: TracedChain;
  key?: TracedKey;
};

export const selectorSummaries = (evidence: AuditEvidence, context: AuditContext): SelectorSummary[] =>
  evidence.selectors.map((seen) => summaryOf(seen, evidence, context));

function summaryOf(
  { selector, keyName, sources, chain }: SelectorEvidence,
  { expectations }: AuditEvidence,
  { isKnownWeak }: AuditContext,
): SelectorSummary {
  const { verdict, key } = judgeTrace(keyName, chain, { expected: expectations.fingerprints[keyName], isKnownWeak });
  return { selector, keyName, verdict, sources, chain: withoutSecrets(chain), ...(key && { key }) };
}
