import type { TrustedMs } from "../key/key-fact.ts";
import type { Seconds } from "../seconds.ts";

/**
 * What can be recorded about the proof of control behind a claim. Facts are only ever added. One that begins waits carries
 * them, computed once (I-21).
 */
export type ClaimEvidence = {
  /** Every authoritative address had the token, over UDP and TCP. */
  proven: { addresses: readonly string[] };
  /** The token was seen gone: the clock of the claim begins. `releaseSeconds` runs from the suspension. */
  missed: {
    seenTrustedMs: TrustedMs;
    reasons: readonly string[];
    warnSeconds: Seconds;
    suspendSeconds: Seconds;
    releaseSeconds: Seconds;
  };
  /** It was there again before anything came of it. */
  found: { addresses: readonly string[] };
  /** Still gone after `warnSeconds`. */
  warned: { reasons: readonly string[] };
  /** Still gone after `suspendSeconds`: nothing is signed, and the records say that the keys are revoked. */
  suspended: { reasons: readonly string[] };
  /** The token is back at every address: the claim is in force again. */
  reinstated: { addresses: readonly string[] };
  /** The claim is given up: asked for, or still gone `releaseSeconds` after the suspension. */
  released: { reason: "asked" | "tenant-removed" | "proof-gone" };
};

export type ClaimFactKind = keyof ClaimEvidence;

/** One kind with the evidence that belongs to it. */
export type ClaimFinding = {
  [Kind in ClaimFactKind]: { kind: Kind; evidence: ClaimEvidence[Kind] };
}[ClaimFactKind];

/** A fact as recorded. `unknown`: written by a later version of this program; nothing may be concluded from it. */
export type ClaimFact = (ClaimFinding | { kind: "unknown"; name: string }) & { at: Seconds; trustedMs: TrustedMs };

const kinds: Record<ClaimFactKind, true> = {
  proven: true,
  missed: true,
  found: true,
  warned: true,
  suspended: true,
  reinstated: true,
  released: true,
};

/** Reads a fact back from the database. */
export function readClaimFact(row: { kind: string; at: Seconds; trustedMs: TrustedMs; evidence: unknown }): ClaimFact {
  const { at, trustedMs } = row;
  if (!Object.hasOwn(kinds, row.kind)) return { kind: "unknown", name: row.kind, at, trustedMs };
  return { kind: row.kind, evidence: row.evidence, at, trustedMs } as ClaimFact; // we wrote it: the kind implies its evidence
}
