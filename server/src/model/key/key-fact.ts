import type { Seconds } from "../seconds.ts";
import type { StepTtls } from "../rotation/timing-policy.ts";

/** A reading of the trusted clock: milliseconds that have certainly passed since the platform began. */
export type TrustedMs = number;

/**
 * What can be recorded about a key, and what each record proves. Facts are only ever added. Those that begin a wait
 * carry the wait itself and what it was computed from.
 */
export type KeyEvidence = {
  /** The key pair is stored, sealed; it signed and verified its own signature; nobody else has its public half. */
  generated: {
    selfTested: boolean;
    /**
     * The customer made it. `shared`: whoever else has the private half may sign with it too. `hosted`: only the public half is here, and
     * others sign. Absent: made here.
     */
    brought?: "shared" | "hosted";
  };
  /** Its record is in our zone, in the same transaction. */
  publishing: { zone: string; serial: number; recordTtlSeconds: Seconds };
  /** The customer was asked to publish the record, or to take it away, and how long that may take before it is pressing. */
  asked: { request: "publish" | "remove"; actionSeconds: Seconds };
  /** The customer was reminded of it, for so many times. */
  reminded: { request: "publish" | "remove" | "revoke"; count: number };
  /**
   * Before it was confirmed something else stood on the way to it, in this zone, with a TTL longer than any known before: whoever asked then
   * may keep it for so long.
   */
  superseded: { zone: string; positiveTtlSeconds: Seconds };
  /** Every authoritative address answered with exactly this record, round after round. W runs from `seenTrustedMs`. */
  confirmed: {
    seenTrustedMs: TrustedMs;
    waitSeconds: Seconds;
    history: "new" | "changed";
    steps: readonly StepTtls[];
    resolverSlackSeconds: Seconds;
    addresses: readonly string[];
  };
  /**
   * A TTL on the way grew. While W runs it is longer from now on; of a record that the customer keeps the growth counts later too, for
   * what caches hold once it is gone.
   */
  lengthened: { waitSeconds: Seconds; steps: readonly StepTtls[] };
  /** A key that had been confirmed was seen missing or wrong before it ever signed: it starts again at "publishing". */
  unconfirmed: { reasons: readonly string[] };
  /** W has passed and the record was seen again afterwards. */
  ready: { observedTrustedMs: TrustedMs };
  /** From here on it signs. `serves`, `alsoServes`: the rotations this switch answers. `replaces`: the key that stopped. */
  activated: {
    serves: string;
    alsoServes?: readonly string[];
    replaces: string | null;
    observedTrustedMs: TrustedMs;
  };
  /**
   * The last signer has stopped using it: each has acknowledged the switch, or its lease has ended. D runs from
   * `lastUseTrustedMs`. `signatures`: how many were made with it, by all that its signers told. `signers`: those named, at most 50.
   */
  stopped: {
    lastUseTrustedMs: TrustedMs;
    signatures: number;
    signers: readonly { id: string; role: string; node: string; told: "acknowledged" | "lease-ended" }[];
    signerCount: number;
  };
  /** The customer says that nobody signs with a key it brought any more. D and what is added for such keys run from there. */
  declared: { lastUseTrustedMs: TrustedMs; drainSeconds: Seconds };
  /**
   * From here on it must not sign. By the policy the last signer's lease ends at `lastUseTrustedMs`; D runs from there until "stopped" is known. `missing`: no server of ours
   * had its record any more, as after a restore of an old backup; caches may know that, so nobody goes back to it.
   */
  deactivated: { lastUseTrustedMs: TrustedMs; drainSeconds: Seconds; missing?: readonly string[] };
  /** While it drains it is to sign again: its successor's record is lost, or an operator wants it back. */
  recalled: { reason: string };
  /** Its record is out of our zone, in the same transaction. */
  withdrawing: { zone: string; serial: number };
  /** Every authoritative address was seen without it. The caches' wait runs from `seenTrustedMs`. */
  absent: {
    seenTrustedMs: TrustedMs;
    waitSeconds: Seconds;
    /** How long after that a resolver may serve what it knew; only a disclosure waits for it. Absent: an older version wrote it. */
    staleSeconds?: Seconds;
    addresses?: readonly string[];
  };
  /** That wait has passed too, and it was seen absent again: the name is free. */
  withdrawn: { observedTrustedMs: TrustedMs };
  /**
   * Its record says `p=` with nothing behind it, in the same transaction, for as long as the claim is suspended. Unlike a
   * revoked key it is published again afterwards.
   */
  silenced: { zone: string; serial: number; recordTtlSeconds: Seconds };
  /** The private half exists no more, though the record may still be public: others may sign with it, or mail is under way. */
  discarded: { reason: string };
  /**
   * The private half is public, in the same transaction: nobody has to believe a signature of it any more. `privateSha256`: of its
   * PKCS#8 octets. `waitSeconds`: how long it was seen gone before, at least.
   */
  disclosed: { privateSha256: string; waitSeconds: Seconds };
  /** It is to be trusted no more: from here on it must not sign, and never signs or is published again (I-15). */
  revoking: { reason: string };
  /** Its record in our zone says `p=` with nothing behind it, in the same transaction. No TTL: an older version wrote it. */
  emptied: { zone: string; serial: number; recordTtlSeconds?: Seconds };
  /** Every authoritative address was seen with the empty `p=`, which stands for `keepSeconds` from then on. */
  revoked: { seenTrustedMs: TrustedMs; keepSeconds: Seconds };
  /** It was never published: a key that the platform does not know stands at its name, which is let alone for `waitSeconds`. */
  occupied: { found: readonly string[]; waitSeconds: Seconds };
  /** The private half exists no more. */
  destroyed: { reason: string };
};

export type KeyFactKind = keyof KeyEvidence;

/** One kind with the evidence that belongs to it. */
export type KeyFinding = { [Kind in KeyFactKind]: { kind: Kind; evidence: KeyEvidence[Kind] } }[KeyFactKind];

/** A fact as recorded. `unknown`: written by a later version of this program; nothing may be concluded from it. */
export type KeyFact = (KeyFinding | { kind: "unknown"; name: string }) & { at: Seconds; trustedMs: TrustedMs };

const kinds: Record<KeyFactKind, true> = {
  generated: true,
  publishing: true,
  asked: true,
  reminded: true,
  superseded: true,
  confirmed: true,
  lengthened: true,
  unconfirmed: true,
  ready: true,
  activated: true,
  deactivated: true,
  stopped: true,
  declared: true,
  recalled: true,
  withdrawing: true,
  absent: true,
  withdrawn: true,
  revoking: true,
  emptied: true,
  revoked: true,
  silenced: true,
  discarded: true,
  disclosed: true,
  occupied: true,
  destroyed: true,
};

/** Reads a fact back from the database. */
export function readFact(row: { kind: string; at: Seconds; trustedMs: TrustedMs; evidence: unknown }): KeyFact {
  const { at, trustedMs } = row;
  if (!Object.hasOwn(kinds, row.kind)) return { kind: "unknown", name: row.kind, at, trustedMs };
  return { kind: row.kind, evidence: row.evidence, at, trustedMs } as KeyFact; // we wrote it: the kind implies its evidence
}

/** The latest fact of a kind. */
export function latest<Kind extends KeyFactKind>(
  facts: readonly KeyFact[],
  kind: Kind,
): Extract<KeyFact, { kind: Kind }> | undefined {
  for (let index = facts.length - 1; index >= 0; index--) {
    const fact = facts[index];
    if (fact?.kind === kind) return fact as Extract<KeyFact, { kind: Kind }>;
  }
  return undefined;
}
