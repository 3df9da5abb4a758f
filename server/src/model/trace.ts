import type { LintOptions } from "chancery/dkim";
import { findingsAt } from "./audit/checks/chain/findings-at.ts";
import { isSound, keyAt, type KeyNameSeen, plainlySeen } from "./audit/checks/chain/key-name.ts";
import type { Finding } from "./finding.ts";
import type { TracedChain, TracedKey } from "./traced-chain.ts";

/** `meant`: the record that was probably meant, where the one that stands there cannot be read and that can be told. */
export type TraceVerdict = {
  verdict: "sound" | "broken" | "unknown";
  key: TracedKey | undefined;
  findings: Finding[];
  meant?: string;
};

export type TraceOptions = { expected?: string | undefined; isKnownWeak?: LintOptions["isKnownWeak"] };

/**
 * Judges a chain: does it lead to exactly one sound key, and to the one with the fingerprint `expected`? Absent: any sound
 * key will do. `isKnownWeak` is a list of broken keys; absent: what can be computed is found.
 */
export function judgeTrace(
  keyName: string,
  chain: TracedChain,
  { expected, isKnownWeak }: TraceOptions = {},
): TraceVerdict {
  const seen: KeyNameSeen = { ...plainlySeen(keyName, chain, isKnownWeak), expected: { fingerprint: expected } };
  const { end } = seen;
  const findings = findingsAt(seen);
  const isTheOne =
    isSound(seen) && !findings.some(({ code }) => code === "ConflictingRecords" || code === "KeyMismatch");
  return {
    verdict: end.end === "unknown" ? "unknown" : isTheOne ? "sound" : "broken",
    key: keyAt(seen),
    findings,
    ...(end.end === "texts" && end.lint.meant !== undefined && { meant: end.lint.meant }),
  };
}
