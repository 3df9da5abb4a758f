import type { TrustedMs } from "../key/key-fact.ts";
import type { Seconds } from "../seconds.ts";

/**
 * What can be recorded about an alias of ours that leads on to an upstream's key, and what each record proves. Facts are only
 * ever added. Those that begin a wait carry its end, or the wait and what it runs from.
 */
export type AliasEvidence = {
  /** Somebody wants the alias to lead to `to`. */
  asked: { to: string; by: string };
  /** And does not want it any more. */
  cancelled: { by: string };
  /** The operator says that nothing is signed any more with the key behind `target` since `stoppedAt`. D runs from there. */
  stopped: { target: string; stoppedAt: Seconds; by: string; endsTrustedMs: TrustedMs; drainSeconds: Seconds };
  /** Our zone says so, in the same transaction. `from`: where it led before. */
  served: { to: string; from: string | null; zone: string; serial: number; ttlSeconds: Seconds };
  /** Every authoritative address showed it, round after round. P runs from `seenTrustedMs`. */
  confirmed: { seenTrustedMs: TrustedMs; waitSeconds: Seconds };
  /** P has passed and it was seen again: nobody can still be led elsewhere. From here on the upstream may sign. */
  settled: { observedTrustedMs: TrustedMs };
  /** The claim was given up. The record goes when mail in flight has arrived. */
  leaving: { endsTrustedMs: TrustedMs; drainSeconds: Seconds };
  /** The record is out of our zone, in the same transaction. */
  removed: { zone: string; serial: number };
};

export type AliasFactKind = keyof AliasEvidence;
export type AliasFinding = { [Kind in AliasFactKind]: { kind: Kind; evidence: AliasEvidence[Kind] } }[AliasFactKind];

/** A fact as recorded. `unknown`: written by a later version; nothing may be concluded from it. */
export type AliasFact = (AliasFinding | { kind: "unknown"; name: string }) & { at: Seconds; trustedMs: TrustedMs };

const kinds: Record<AliasFactKind, true> = {
  asked: true,
  cancelled: true,
  stopped: true,
  served: true,
  confirmed: true,
  settled: true,
  leaving: true,
  removed: true,
};

/** Reads a fact back from the database. */
export function readAliasFact(row: { kind: string; at: Seconds; trustedMs: TrustedMs; evidence: unknown }): AliasFact {
  const { at, trustedMs } = row;
  if (!Object.hasOwn(kinds, row.kind)) return { kind: "unknown", name: row.kind, at, trustedMs };
  return { kind: row.kind, evidence: row.evidence, at, trustedMs } as AliasFact; // we wrote it: the kind implies its evidence
}

/** The latest fact of a kind. */
export function latestOf<Kind extends AliasFactKind>(
  facts: readonly AliasFact[],
  kind: Kind,
): Extract<AliasFact, { kind: Kind }> | undefined {
  return facts.findLast((fact): fact is Extract<AliasFact, { kind: Kind }> => fact.kind === kind);
}
