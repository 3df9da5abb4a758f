import { type KeyFinding, latest } from "../key/key-fact.ts";
import { isUpcoming, type KeyPhase } from "../key/key-phase.ts";
import { reminderOf } from "../delegation/customer-request.ts";
import {
  isComingBack,
  proposalsOfSilencedKey,
  proposalsOfSuspendedKey,
  proposalsOfUnwantedKey,
} from "./rotation-ending.ts";
import { absentNow, confirmedNow, lastSeenMs, revokedNow, setbackOf, stopNow } from "./rotation-finding.ts";
import { supersededNow } from "./rotation-history.ts";
import { isRevokedInDns, isSeenGone, missingEverywhere, strangersAt } from "./rotation-loss.ts";
import { nextRoundMs } from "./rotation-sight.ts";
import {
  broughtAs,
  type DomainState,
  isCalledOff,
  isKeptByCustomer,
  isKeptByUs,
  isLeftBehind,
  isWanted,
  type ManagedKey,
  phaseOfKey,
} from "./rotation-state.ts";
import { isToBeDisclosed } from "../key/disclosure.ts";
import { stopOf } from "../key/signer.ts";
import { drainWaitSeconds, type TimingPolicy } from "./timing-policy.ts";
import { at, type Decide, type Proposal, type ProposalsOfKey } from "./rotation-step.ts";

const none: ProposalsOfKey = () => [];

/** What a key asks for, by its phase and by whether it is still wanted. What DNS calls revoked is revoked (I-15). */
export function proposalsOf(state: DomainState, key: ManagedKey): ProposalsOfKey {
  const phase = phaseOfKey(key);
  const signs = isUpcoming(phase) || phase === "active" || phase === "draining";
  if (signs && !isComingBack(key) && isRevokedInDns(state, key)) {
    return () => [
      { do: "record", key, finding: { kind: "revoking", evidence: { reason: "DNS says that it is revoked" } } },
    ];
  }
  // What was brought may be in use elsewhere: of what never signed here, only the customer's own word takes it away, or the claim's end.
  const stays = broughtAs(key) !== undefined && phase !== "active";
  const roleGivenUp = !isWanted(state, key.role) && broughtAs(key) === undefined;
  const given = state.released || roleGivenUp || (!stays && (isLeftBehind(state, key) || isCalledOff(state, key)));
  const ending = given
    ? proposalsOfUnwantedKey(state, key)
    : state.suspended === true
      ? proposalsOfSuspendedKey(phase)
      : undefined;
  return ending ?? proposalsOfKey[phase];
}

/** What each phase asks for. Becoming active is not a key's own wish: its role decides. */
const proposalsOfKey: Record<KeyPhase, ProposalsOfKey> = {
  generated: (state, policy, key, decide) => {
    const found = strangersAt(state, key);
    if (found.length === 0) return [decide("publish", at(key), { do: "publish", key })];
    return [
      { do: "record", key, finding: { kind: "occupied", evidence: { found, waitSeconds: drainWaitSeconds(policy) } } },
    ];
  },
  publishing: (state, policy, key, decide) => {
    const superseded = supersededNow(state, key);
    if (superseded !== undefined) return [{ do: "record", key, finding: superseded }];
    return [
      decide("confirm", at(key), () => ({ do: "record", key, finding: confirmedNow(state, policy, key) })),
      ...remind(state, key),
    ];
  },
  published: (state, policy, key, decide) => {
    const setback = setbackOf(state, policy, key);
    if (setback !== undefined) return [{ do: "record", key, finding: setback }];
    const finding: KeyFinding = { kind: "ready", evidence: { observedTrustedMs: lastSeenMs(state, key) } };
    return [decide("make-ready", at(key), { do: "record", key, finding }), ...watch(state, policy, key)];
  },
  ready: (state, policy, key) => {
    const setback = setbackOf(state, policy, key);
    return setback !== undefined && (setback.kind === "unconfirmed" || isKeptByCustomer(key))
      ? [{ do: "record", key, finding: setback }]
      : watch(state, policy, key);
  },
  active: (state, policy, key) => {
    const longer = isKeptByCustomer(key) ? setbackOf(state, policy, key) : undefined;
    if (longer?.kind === "lengthened") return [{ do: "record", key, finding: longer }];
    const missing = missingEverywhere(state, key);
    if (missing === undefined) return watch(state, policy, key);
    const { evidence } = stopNow(state, policy, key);
    return [{ do: "record", key, finding: { kind: "deactivated", evidence: { ...evidence, missing } } }];
  },
  draining: (state, _policy, key, decide) => {
    const stop = stopOf(state, key);
    if (stop?.state === "now") return [{ do: "record", key, finding: stop.finding }];
    return [
      decide("withdraw", at(key), { do: "withdraw", key }),
      ...(broughtAs(key) === "shared" ? discard(key, decide) : []),
    ];
  },
  withdrawing: (state, policy, key, decide) =>
    isSeenGone(state, key)
      ? [
          decide("free-name", at(key), {
            do: "record",
            key,
            finding: { kind: "withdrawn", evidence: { observedTrustedMs: lastSeenMs(state, key) } },
          }),
        ]
      : [
          decide("note-absence", at(key), () => ({ do: "record", key, finding: absentNow(state, policy, key) })),
          ...remind(state, key),
          ...(isKeptByCustomer(key) ? discard(key, decide) : []),
        ],
  withdrawn: (state, _policy, key, decide) => [
    isToBeDisclosed(state, key)
      ? decide("disclose", at(key), { do: "disclose", key })
      : decide("destroy", at(key), { do: "destroy", key }),
  ],
  // What nobody ever saw needs no word; what its customer keeps, the customer has to take away.
  revoking: (state, policy, key, decide) => {
    if (latest(key.facts, "publishing") === undefined) return [{ do: "destroy", key }];
    if (isKeptByUs(key) && latest(key.facts, "emptied") === undefined) return [{ do: "revoke", key }];
    return [
      decide("note-revoked", at(key), () => ({ do: "record", key, finding: revokedNow(state, policy, key) })),
      ...remind(state, key),
    ];
  },
  revoked: (_state, _policy, key, decide) => [decide("unpublish", at(key), { do: "withdraw", key })],
  silenced: proposalsOfSilencedKey,
  destroyed: none,
  unknown: none,
};

/** A customer who keeps the record has been asked, and is reminded. */
function remind(state: DomainState, key: ManagedKey): Proposal[] {
  const reminder = reminderOf(state, key);
  if (reminder === undefined || (state.released && phaseOfKey(key) === "publishing")) return [];
  if ("finding" in reminder) return [{ do: "record", key, finding: reminder.finding }];
  const { untilTrustedMs, reason } = reminder;
  return [{ do: "nothing", wait: { for: "customer", keyId: key.id, role: key.role, untilTrustedMs, reason } }];
}

/** The private half does not wait for others to act: it goes on schedule, while the record may stay public. */
const discard = (key: ManagedKey, decide: Decide): Proposal[] =>
  latest(key.facts, "discarded") === undefined ? [decide("destroy", at(key), { do: "destroy", key })] : [];

/** Looks at a key that only waits, so that a record taken away in the meantime is noticed. */
function watch(state: DomainState, policy: TimingPolicy, key: ManagedKey): Proposal[] {
  const dueMs = nextRoundMs(state, key, "present", policy.watchIntervalSeconds, policy);
  if (state.trustedMs >= dueMs) return [{ do: "watch", key }];
  const phase = phaseOfKey(key);
  const reason = phase === "ready" ? "stands by" : phase === "active" ? "signs" : "is watched";
  return [{ do: "nothing", wait: { for: "sight", keyId: key.id, role: key.role, untilTrustedMs: dueMs, reason } }];
}
