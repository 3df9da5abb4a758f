import type { TrustedMs } from "../key/key-fact.ts";
import type { Seconds } from "../seconds.ts";

/**
 * What of a key can be met in the world: its DNSKEY record (a KSK signs the keys as long as it is one of them), the signatures that a ZSK
 * makes, and the DS record of a KSK in the parent zone.
 */
export type KeyTrace = "dnskey" | "signatures" | "ds";

/** What can be recorded about a key of a zone, and what each record proves. Facts are only ever added. */
export type ZoneKeyEvidence = {
  /** The pair is stored, sealed; it signed and verified; its tag is its own in the zone. */
  generated: { selfTested: boolean };
  /** In our zone from this serial on, in the same transaction; for `ds`: asked for, by CDS and CDNSKEY records in our zone. */
  shown: { trace: KeyTrace; serial: number };
  /** Every server was seen with it. Who asked before may not know it for `waitSeconds` more. */
  seen: { trace: KeyTrace; seenTrustedMs: TrustedMs; waitSeconds: Seconds; addresses: readonly string[] };
  /** That wait has passed and every server was seen with it again: nobody is without it. */
  settled: { trace: KeyTrace; observedTrustedMs: TrustedMs };
  /** What every server had been seen to agree on is no longer so: it is looked for anew. */
  unsettled: { trace: KeyTrace; reasons: readonly string[] };
  /** Out of our zone from this serial on; for `ds`: no longer asked for. */
  taken: { trace: KeyTrace; serial: number };
  /** Every server was seen without it. Caches may hold it for `waitSeconds` more. */
  unseen: { trace: KeyTrace; seenTrustedMs: TrustedMs; waitSeconds: Seconds; addresses: readonly string[] };
  /** That wait has passed and every server was seen without it again: nobody has it. */
  gone: { trace: KeyTrace; observedTrustedMs: TrustedMs };
  /** It is to be replaced: by its age, or because somebody asked for it. */
  retiring: { reason: string };
  /** The private half exists no more. */
  destroyed: { reason: string };
};

export type ZoneKeyFactKind = keyof ZoneKeyEvidence;

/** One kind with the evidence that belongs to it. */
export type ZoneKeyFinding = {
  [Kind in ZoneKeyFactKind]: { kind: Kind; evidence: ZoneKeyEvidence[Kind] };
}[ZoneKeyFactKind];

/** A fact as recorded. `unknown`: written by a later version of this program; nothing may be concluded from it. */
export type ZoneKeyFact = (ZoneKeyFinding | { kind: "unknown"; name: string }) & { at: Seconds; trustedMs: TrustedMs };

const kinds: Record<ZoneKeyFactKind, true> = {
  generated: true,
  shown: true,
  seen: true,
  settled: true,
  unsettled: true,
  taken: true,
  unseen: true,
  gone: true,
  retiring: true,
  destroyed: true,
};

/** Reads a fact back from the database. */
export function readZoneKeyFact(row: {
  kind: string;
  at: Seconds;
  trustedMs: TrustedMs;
  evidence: unknown;
}): ZoneKeyFact {
  const { at, trustedMs } = row;
  if (!Object.hasOwn(kinds, row.kind)) return { kind: "unknown", name: row.kind, at, trustedMs };
  return { kind: row.kind, evidence: row.evidence, at, trustedMs } as ZoneKeyFact; // we wrote it: the kind implies its evidence
}
