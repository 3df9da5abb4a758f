import { type KeyEvidence, latest, type TrustedMs } from "./key-fact.ts";
import { leavesNameFree } from "./key-phase.ts";
import {
  broughtAs,
  type DomainState,
  isKeptByCustomer,
  type ManagedKey,
  phaseOfKey,
} from "../rotation/rotation-state.ts";
import type { TimingPolicy } from "../rotation/timing-policy.ts";

/**
 * Whether the private half of a withdrawn key is to be made public once nobody can hold its record any more, so that its old
 * signatures prove nothing for ever (I-19). Only of keys that were made here and signed; never of one that was revoked: what
 * was signed with it may be needed to tell honest mail from forged.
 */
export function isToBeDisclosed(state: DomainState, key: ManagedKey): boolean {
  if (state.disclose !== true || broughtAs(key) !== undefined || isKeptByCustomer(key)) return false;
  const had = (...kinds: readonly string[]): boolean => key.facts.some(({ kind }) => kinds.includes(kind));
  return had("activated") && !had("revoking", "revoked", "discarded", "disclosed", "destroyed");
}

/** When the last resolver that serves what it knew has forgotten the record: max P + S_max after it was seen gone, as it was fixed then. */
export function forgottenAt(
  key: ManagedKey,
  policy: TimingPolicy,
): { endsMs: TrustedMs; waitSeconds: number } | undefined {
  const absent = latest(key.facts, "absent")?.evidence;
  if (absent === undefined) return undefined;
  const waitSeconds = absent.waitSeconds + (absent.staleSeconds ?? policy.staleServingSeconds);
  return { endsMs: absent.seenTrustedMs + waitSeconds * 1000, waitSeconds };
}

/** Another key of the claim that verifies the same signatures and is not out of the world yet. */
export const twinOf = (state: DomainState, key: ManagedKey): ManagedKey | undefined =>
  state.keys.find(
    (other) => other !== key && other.chain.record.text === key.chain.record.text && !leavesNameFree(phaseOfKey(other)),
  );

export const disclosedEvidence = (
  key: ManagedKey,
  policy: TimingPolicy,
  privateSha256: string,
): KeyEvidence["disclosed"] => ({ privateSha256, waitSeconds: forgottenAt(key, policy)?.waitSeconds ?? 0 });
