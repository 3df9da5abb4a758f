import { holdsPrivateKey, type LintOptions } from "chancery/dkim";
import { findingsAt } from "./audit/checks/chain/findings-at.ts";
import { endOf, isSound, keyAt, type KeyNameSeen } from "./audit/checks/chain/key-name.ts";
import type { Finding } from "./finding.ts";

/** What a look-up of a key name brought: the aliases in order, and what stands at their end. */
export type TracedChain = {
  aliases: readonly { name: string; target: string; ttlSeconds: number; server?: string | undefined }[];
  finalName: string;
} & (
  | { outcome: "present"; texts: readonly { text: string; ttlSeconds: number }[] }
  | { outcome: "absent"; reason: "nxdomain" | "nodata" }
  | { outcome: "unknown"; reason: string }
);

/** The key at the end of a chain. `fingerprint`: SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
export type TracedKey = { type: string; bits: number; fingerprint: string; testing: boolean; record: string };

/** A private key that somebody published goes into no terminal, report or log. Its parts may lie in several records. */
export function withoutSecrets(chain: TracedChain): TracedChain {
  if (chain.outcome !== "present" || !chain.texts.some(({ text }) => holdsPrivateKey(text))) return chain;
  return { ...chain, texts: chain.texts.map((one) => ({ ...one, text: "[not shown: a private key]" })) };
}

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
  const end = endOf(keyName, chain, isKnownWeak);
  const seen: KeyNameSeen = {
    keyName,
    chain,
    end,
    expected: { fingerprint: expected },
    use: "given",
    fromWildcard: false,
    wrongHosts: [],
    addresses: [],
    besideAliases: [],
    likelyTargets: [],
    sharedBy: undefined,
    finalNameOwner: undefined,
    targetMeant: undefined,
    provider: undefined,
    retired: undefined,
    isIdle: false,
    isOneOfSet: false,
  };
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
