import { latest } from "./key-fact.ts";
import type { KeyPhase } from "./key-phase.ts";
import { stopNow } from "./rotation-finding.ts";
import type { Moment } from "./rotation-guard.ts";
import { broughtAs, type ManagedKey, phaseOfKey } from "./rotation-state.ts";
import type { ProposalsOfKey } from "./rotation.ts";

/** The key as what a transition is about. */
export const at = (key: ManagedKey): Pick<Moment, "role" | "slot" | "key"> => ({
  role: key.role,
  slot: key.slot,
  key,
});

const none: ProposalsOfKey = () => [];
const silence =
  (reason: "suspended" | "released"): ProposalsOfKey =>
  (_state, _policy, key) => [{ do: "silence", key, reason }];

/** It stopped signing before its record was silenced: nothing wants it back. */
export function isSpent(key: ManagedKey): boolean {
  const stopped = key.facts.findLastIndex(({ kind }) => kind === "deactivated");
  return stopped > key.facts.findLastIndex(({ kind }) => kind === "activated");
}

/**
 * Where a suspended claim differs: nothing is made and nothing signs. Whatever is published says that it is revoked, so that
 * mail which somebody signed for a domain that is no longer theirs fails.
 */
const suspended: Partial<Record<KeyPhase, ProposalsOfKey>> = {
  generated: none,
  publishing: silence("suspended"),
  published: silence("suspended"),
  ready: silence("suspended"),
  active: silence("suspended"),
  draining: silence("suspended"),
  silenced: none,
};

/**
 * Where a released claim differs: nothing takes over, so a key that never signed goes at once, and the one that signs stops
 * and drains. Then its record says for a while that it is revoked, and goes for good; its name is never given to anyone.
 */
const released: Partial<Record<KeyPhase, ProposalsOfKey>> = {
  generated: (_state, _policy, key) => [{ do: "destroy", key }],
  publishing: (_state, _policy, key) => [{ do: "withdraw", key }],
  published: (_state, _policy, key) => [{ do: "withdraw", key }],
  ready: (_state, _policy, key) => [{ do: "withdraw", key }],
  active: (state, policy, key) => [{ do: "record", key, finding: stopNow(state, policy, key) }],
  draining: (_state, _policy, key, decide) => [decide("silence", at(key), { do: "silence", key, reason: "released" })],
  silenced: (_state, _policy, key, decide) => [decide("withdraw", at(key), { do: "withdraw", key })],
};

/** What a key of a suspended claim asks for; undefined: the same as ever. */
export const endingOfSuspended = (key: ManagedKey): ProposalsOfKey | undefined => suspended[phaseOfKey(key)];

/** What a key of a released claim asks for, the end of its private half first; undefined: the same as ever. */
export function endingOfReleased(key: ManagedKey): ProposalsOfKey | undefined {
  const phase = phaseOfKey(key);
  const hasPrivateHalf = latest(key.facts, "discarded") === undefined;
  if (hasPrivateHalf && isPublic.has(phase)) return (_state, _policy, one) => [{ do: "destroy", key: one }];
  // What was brought may be in use elsewhere: of what never signed here, only the customer's own word takes it away.
  return broughtAs(key) !== undefined && phase !== "active" ? undefined : released[phase];
}

/** Without a private half a key of these phases is still there to be looked up. */
const isPublic: ReadonlySet<KeyPhase> = new Set([
  "publishing",
  "published",
  "ready",
  "draining",
  "silenced",
  "withdrawing",
]);
