import { type KeyFinding, latest, type TrustedMs } from "./key-fact.ts";
import type { DomainState, ManagedKey } from "../rotation/rotation-state.ts";
import type { Seconds } from "../seconds.ts";

/** A process that signs, as it last told of itself. */
export type Signer = {
  id: string;
  node: string;
  role: string;
  /** L as this signer knows it: so long it may use what it last read. */
  leaseSeconds: Seconds;
  /** The change up to which it knows the keys: nothing read before is used any more. */
  acknowledged: number;
};

/** What was signed with a key, as far as its signers have told. They tell it before they acknowledge a change. */
export type KeyUses = { signatures: number; firstAt: Seconds; lastAt: Seconds };

/** What can be said of the end of a key's use: that it has ended, or who may still use it and until when at the latest. */
export type Stop =
  | { state: "known" }
  | { state: "now"; finding: KeyFinding }
  | { state: "open"; signers: Signer[]; endsMs: TrustedMs };

/** So many signers are named in a fact. */
const namedMax = 50;

/**
 * Whether the last signer has stopped using a key that was switched away from (safety.md §3.2, SWITCH to DRAIN): each one
 * acknowledged a state of the database in which the key was inactive already, or its lease has ended, counted from the
 * switch on the trusted clock. A signer that read the key before the switch holds it no longer than that. Undefined: the
 * key was never switched away from.
 */
export function stopOf(state: DomainState, key: ManagedKey): Stop | undefined {
  const deactivated = latest(key.facts, "deactivated");
  if (deactivated === undefined) return undefined;
  const signatures = key.uses?.signatures ?? 0;
  const stopped = stoppedSince(key);
  if (stopped !== undefined) {
    if (signatures <= stopped.evidence.signatures) return { state: "known" };
    // Told late, by one that was cut off: when it signed is not known on the trusted clock, but it was before now.
    return { state: "now", finding: stoppedAt(state.trustedMs, signatures, []) };
  }
  const told = (signer: Signer): boolean => signer.acknowledged >= key.changedIn;
  const silent = state.signers.filter((signer) => !told(signer));
  const { lastUseTrustedMs } = deactivated.evidence;
  const leaseEndsMs = Math.max(
    lastUseTrustedMs,
    ...state.signers.map(({ leaseSeconds }) => deactivated.trustedMs + leaseSeconds * 1000),
  );
  if (silent.length > 0 && state.trustedMs <= leaseEndsMs)
    return { state: "open", signers: silent, endsMs: leaseEndsMs };
  const signers = state.signers.map((signer) => ({
    id: signer.id,
    role: signer.role,
    node: signer.node,
    told: told(signer) ? ("acknowledged" as const) : ("lease-ended" as const),
  }));
  return { state: "now", finding: stoppedAt(Math.min(state.trustedMs, leaseEndsMs), signatures, signers) };
}

/** The last `stopped` after the last switch away: a key that was rolled back to has to stop anew. */
export function stoppedSince(key: ManagedKey) {
  const from = key.facts.findLastIndex(({ kind }) => kind === "deactivated");
  return latest(key.facts.slice(from + 1), "stopped");
}

const stoppedAt = (
  lastUseTrustedMs: TrustedMs,
  signatures: number,
  signers: { id: string; role: string; node: string; told: "acknowledged" | "lease-ended" }[],
): KeyFinding => ({
  kind: "stopped",
  evidence: {
    lastUseTrustedMs: Math.floor(lastUseTrustedMs),
    signatures,
    signers: signers.toSorted((a, b) => b.told.localeCompare(a.told)).slice(0, namedMax),
    signerCount: signers.length,
  },
});

/** How soon the acknowledgements are looked at again: often at first, and ever more rarely when one does not come. */
export function nextLookMs(state: DomainState, key: ManagedKey, endsMs: TrustedMs): TrustedMs {
  const sinceMs = state.trustedMs - (latest(key.facts, "deactivated")?.trustedMs ?? state.trustedMs);
  return Math.min(endsMs + 1, state.trustedMs + Math.max(1000, sinceMs / 2));
}
