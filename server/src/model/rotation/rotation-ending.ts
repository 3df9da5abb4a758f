import { latest } from "../key/key-fact.ts";
import { isUpcoming, type KeyPhase } from "../key/key-phase.ts";
import { stopOf } from "../key/signer.ts";
import { stopNow } from "./rotation-finding.ts";
import { broughtAs, type DomainState, type ManagedKey, phaseOfKey } from "./rotation-state.ts";
import { at, type ProposalsOfKey } from "./rotation-step.ts";

const none: ProposalsOfKey = () => [];
const silence: ProposalsOfKey = (_state, _policy, key) => [{ do: "silence", key }];

/**
 * Where a suspended claim differs: nothing is made and nothing signs. Whatever is published says that it is revoked, so that
 * mail which somebody signed for a domain that is no longer theirs fails. Undefined: the same as ever.
 */
export const proposalsOfSuspendedKey = (phase: KeyPhase): ProposalsOfKey | undefined => suspended[phase];

const suspended: Partial<Record<KeyPhase, ProposalsOfKey>> = {
  generated: none,
  publishing: silence,
  published: silence,
  ready: silence,
  active: silence,
  draining: silence,
  silenced: none,
};

/**
 * In force again: the key is published, seen and waited for anew. One that had stopped signing before is not wanted back; that its last
 * signer has stopped may be known only now.
 */
export const proposalsOfSilencedKey: ProposalsOfKey = (state, _policy, key, decide) => {
  if (!isSpent(key)) return [decide("publish", at(key), { do: "publish", key })];
  const stop = stopOf(state, key);
  if (stop?.state === "now") return [{ do: "record", key, finding: stop.finding }];
  return [decide("withdraw", at(key), { do: "withdraw", key })];
};

const isSpent = ({ facts }: ManagedKey): boolean =>
  facts.findLastIndex(({ kind }) => kind === "deactivated") > facts.findLastIndex(({ kind }) => kind === "activated");

/** It was silenced and was not seen everywhere since: a server that still says `p=` is late, and nothing more. */
export const isComingBack = ({ facts }: ManagedKey): boolean =>
  facts.findLastIndex(({ kind }) => kind === "silenced") > facts.findLastIndex(({ kind }) => kind === "confirmed");

/**
 * Where a key is wanted no more, since its claim was released or its rotation aborted: nothing takes over, so a key that never signed goes at
 * once, and the one that signs stops and drains. Of a released claim the private half is destroyed at once, and a key that signed says for a
 * while that it is revoked before its name falls silent for good. Undefined: the same as ever.
 */
export function proposalsOfUnwantedKey({ released }: DomainState, key: ManagedKey): ProposalsOfKey | undefined {
  const phase = phaseOfKey(key);
  if (!released) return unwanted[phase];
  if (isPublic.has(phase) && latest(key.facts, "discarded") === undefined)
    return (_state, _policy, one) => [{ do: "destroy", key: one }];
  // Of a key that was brought others may have sent mail, also before it ever signed here.
  if (broughtAs(key) !== undefined && phase !== "generated" && isUpcoming(phase)) return stopsNow;
  return buried[phase] ?? unwanted[phase];
}

const stopsNow: ProposalsOfKey = (state, policy, key) => [{ do: "record", key, finding: stopNow(state, policy, key) }];

/** Without a private half a key of these phases is still there to be looked up. */
const isPublic: ReadonlySet<KeyPhase> = new Set([
  "publishing",
  "published",
  "ready",
  "draining",
  "silenced",
  "withdrawing",
]);

const unwanted: Partial<Record<KeyPhase, ProposalsOfKey>> = {
  generated: (_state, _policy, key) => [{ do: "destroy", key }],
  publishing: (_state, _policy, key) => [{ do: "withdraw", key }],
  published: (_state, _policy, key) => [{ do: "withdraw", key }],
  ready: (_state, _policy, key) => [{ do: "withdraw", key }],
  active: stopsNow,
};

const bury: ProposalsOfKey = (_state, _policy, key, decide) => [
  decide("bury", at(key), {
    do: "record",
    key,
    finding: { kind: "revoking", evidence: { reason: "the domain was given up, and its mail has arrived" } },
  }),
];
const buried: Partial<Record<KeyPhase, ProposalsOfKey>> = { draining: bury, silenced: bury };
