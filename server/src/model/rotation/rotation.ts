import { type KeyFinding, latest } from "../key/key-fact.ts";
import { isUpcoming, type KeyPhase } from "../key/key-phase.ts";
import { type KeyAlgorithm, type KeyRole, roleOf } from "../key/key-role.ts";
import type { MoveFinding } from "../delegation/move.ts";
import { namesLeftMin } from "../delegation/name-series.ts";
import { reminderOf } from "../delegation/customer-request.ts";
import {
  at,
  isComingBack,
  proposalsOfSilencedKey,
  proposalsOfSuspendedKey,
  proposalsOfUnwantedKey,
} from "./rotation-ending.ts";
import { absentNow, confirmedNow, lastSeenMs, revokedNow, setbackOf, stopNow } from "./rotation-finding.ts";
import { isRevokedInDns, isSeenGone, missingEverywhere, strangersAt } from "./rotation-loss.ts";
import { proposalsOfMove } from "./rotation-move.ts";
import { switches } from "./rotation-switch.ts";
import {
  type Block,
  firstBlock,
  type Guard,
  guards,
  type Moment,
  type Transition,
  type Wait,
} from "./rotation-guard.ts";
import { standingKeys } from "./gathered.ts";
import { nextRoundMs } from "./rotation-sight.ts";
import {
  activeKey,
  broughtAs,
  type DomainState,
  isWanted,
  isKeptByUs,
  isCalledOff,
  isKeptByCustomer,
  isLeftBehind,
  isToMove,
  isOfMethod,
  keysOf,
  type ManagedKey,
  openRotation,
  pendingRotation,
  phaseOfKey,
  type RotationReason,
  successorOf,
  wasEverUsed,
} from "./rotation-state.ts";
import { isToBeDisclosed } from "../key/disclosure.ts";
import { stopOf } from "../key/signer.ts";
import { drainWaitSeconds, type TimingPolicy } from "./timing-policy.ts";

/** The one next thing to do for a domain. Whoever does it records the fact and asks again. */
export type Step =
  /** Write down that a successor is wanted, before anything is made for it. */
  | { do: "plan"; reason: RotationReason }
  /** Give the customer the next names of a series to publish. */
  | { do: "issue"; role: KeyRole; unused: number }
  | { do: "generate"; rotationId: string; role: KeyRole; algorithm: KeyAlgorithm; slot: number }
  | { do: "publish"; key: ManagedKey }
  /** Ask every authoritative server of the key's chain, and come back with the round. */
  | { do: "observe"; key: ManagedKey }
  /** The world has shown this: record it. */
  | { do: "record"; key: ManagedKey; finding: KeyFinding }
  /** In one transaction `to` becomes active and `from` stops. */
  | { do: "switch"; to: ManagedKey; from: ManagedKey | undefined; findings: { to: KeyFinding; from: KeyFinding } }
  | { do: "withdraw"; key: ManagedKey }
  /** The private half is made public. */
  | { do: "disclose"; key: ManagedKey }
  /** Let its record say `p=` until the claim is in force again. */
  | { do: "silence"; key: ManagedKey }
  /** Put the empty `p=` in place of a revoked key's record. */
  | { do: "revoke"; key: ManagedKey }
  | { do: "destroy"; key: ManagedKey }
  /** The claim's move to another method has come this far: record it. */
  | { do: "move"; finding: MoveFinding }
  /** Nothing can be done before `untilTrustedMs` (undefined: before something changes outside). */
  | { do: "wait"; untilTrustedMs: number | undefined; waits: readonly Wait[] };

/**
 * What one key or one role asks for: a step that can be done now, or what it waits for. `watch`: a look that nothing waits for.
 */
export type Proposal = Exclude<Step, { do: "wait" }> | { do: "watch"; key: ManagedKey } | { do: "nothing"; wait: Wait };

/** Durable steps come before looking, looking before waiting; a switch comes first, since a rotation waits for nothing else. */
const urgency: Record<Proposal["do"], number> = {
  switch: 0,
  revoke: 1,
  record: 1,
  silence: 2,
  publish: 3,
  issue: 4,
  generate: 5,
  plan: 6,
  withdraw: 7,
  disclose: 8,
  destroy: 8,
  move: 9,
  observe: 9,
  watch: 10,
  nothing: 11,
};

/**
 * Decides; does nothing. Each key proposes what its phase asks for, each role whether a successor or a switch is due; what
 * a guard blocks becomes a look or a wait. The most urgent proposal is the step.
 */
export function nextStep(state: DomainState, policy: TimingPolicy, among: readonly Guard[] = guards): Step {
  const proposals = propose(state, policy, among);
  let [first] = proposals;
  for (const proposal of proposals)
    if (first === undefined || urgency[proposal.do] < urgency[first.do]) first = proposal;
  if (first?.do === "watch") return { do: "observe", key: first.key };
  if (first !== undefined && first.do !== "nothing") return first;
  const waits = waitsIn(proposals);
  const ends = waits.flatMap(({ untilTrustedMs }) => (untilTrustedMs === undefined ? [] : [untilTrustedMs]));
  return { do: "wait", untilTrustedMs: ends.length === 0 ? undefined : Math.min(...ends), waits };
}

/** How soon a step is to be done, among those of several states: the lower the sooner. */
export const urgencyOf = (step: Step): number => urgency[step.do === "wait" ? "nothing" : step.do];

/** Everything that waits, for people to read. */
export const waitsOf = (state: DomainState, policy: TimingPolicy): Wait[] => waitsIn(propose(state, policy, guards));

const waitsIn = (proposals: readonly Proposal[]): Wait[] =>
  proposals.flatMap((proposal) => (proposal.do === "nothing" ? [proposal.wait] : []));

function propose(state: DomainState, policy: TimingPolicy, among: readonly Guard[]): Proposal[] {
  const keys = standingKeys(state.keys);
  for (const key of keys) {
    const fact = phaseOfKey(key) === "unknown" ? key.facts.find(({ kind }) => kind === "unknown") : undefined;
    if (fact?.kind !== "unknown") continue;
    const reason = `${key.selector} carries a record of kind "${fact.name}", which this version does not know`;
    return [{ do: "nothing", wait: { for: "newer-version", keyId: key.id, reason } }];
  }
  if (state.move?.stage === "unknown") {
    const reason = "its move to another method is recorded in a way that this version does not know";
    return [{ do: "nothing", wait: { for: "newer-version", reason } }];
  }
  const decide: Decide = (transition, moment, step) => {
    const block = firstBlock(transition, { state, policy, ...moment }, among);
    if (block !== undefined) return asProposal(block);
    return typeof step === "function" ? step() : step;
  };
  const proposals: Proposal[] = [];
  for (const key of keys) proposals.push(...proposalsOf(state, key)(state, policy, key, decide));
  if (state.released || state.suspended === true) return proposals;
  for (const algorithm of state.algorithms) proposals.push(...proposalsOfRole(state, policy, algorithm, decide));
  proposals.push(...proposalsOfMove(state, decide));
  return proposals;
}

/** `step`: a function, where what is recorded has to be worked out first. */
export type Decide = (
  transition: Transition,
  moment: Pick<Moment, "role" | "slot" | "key">,
  step: Proposal | (() => Proposal),
) => Proposal;

const asProposal = (block: Block): Proposal =>
  "observe" in block ? { do: "observe", key: block.observe } : { do: "nothing", wait: block.wait };

export type ProposalsOfKey = (state: DomainState, policy: TimingPolicy, key: ManagedKey, decide: Decide) => Proposal[];
const none: ProposalsOfKey = () => [];

/** What a key asks for, by its phase and by whether it is still wanted. What DNS calls revoked is revoked (I-15). */
function proposalsOf(state: DomainState, key: ManagedKey): ProposalsOfKey {
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
  publishing: (state, policy, key, decide) => [
    decide("confirm", at(key), () => ({ do: "record", key, finding: confirmedNow(state, policy, key) })),
    ...remind(state, key),
  ],
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

/** What a role as a whole asks for: a switch that is due, or a key to be made. */
function proposalsOfRole(
  state: DomainState,
  policy: TimingPolicy,
  algorithm: KeyAlgorithm,
  decide: Decide,
): Proposal[] {
  if (state.method.keeper === "upstream") return [];
  const role = roleOf(algorithm);
  const active = activeKey(state, role);
  const successor = successorOf(state, role);
  const pending = pendingRotation(state, role);
  const proposals = [...namesToIssue(state, role), ...switches(state, policy, role, decide)];
  const brings = state.method.maker === "customer";
  if (active !== undefined && pending === undefined && !brings) {
    let sinceMs = latest(active.facts, "activated")?.trustedMs ?? 0;
    for (const { abortedTrustedMs = 0 } of state.rotations) sinceMs = Math.max(sinceMs, abortedTrustedMs);
    const dueMs = sinceMs + policy.rotateAfterSeconds * 1000;
    const wait: Wait = {
      for: "rotation",
      keyId: active.id,
      role,
      untilTrustedMs: dueMs,
      reason: "signs until its successor is due",
    };
    proposals.push(state.trustedMs >= dueMs ? { do: "plan", reason: "scheduled" } : { do: "nothing", wait });
  }
  const wanted = active === undefined || pending !== undefined || isToMove(state, active) || state.method.standby;
  if (successor === undefined && wanted && !brings) proposals.push(makeSuccessor(state, algorithm, active, decide));
  return proposals;
}

/** The next names of a series, as soon as few are unused: the customer needs time to publish them. */
function namesToIssue(state: DomainState, role: KeyRole): Proposal[] {
  if (state.offered === undefined) return [];
  const own = state.offered.filter((name) => name.role === role);
  const unused = own.filter(({ slot }) => !wasEverUsed(state, slot)).length;
  return unused > namesLeftMin ? [] : [{ do: "issue", role, unused }];
}

/** A key for the oldest rotation that still needs one, in the free name that was used longest ago. */
function makeSuccessor(
  state: DomainState,
  algorithm: KeyAlgorithm,
  active: ManagedKey | undefined,
  decide: Decide,
): Proposal {
  const role = roleOf(algorithm);
  const rotation = openRotation(state, role);
  const offered = state.offered?.filter((name) => name.role === role).map(({ slot }) => slot);
  const slots = offered ?? state.method.slots(role) ?? [1 + Math.max(0, ...state.keys.map(({ slot }) => slot))];
  const lastUse = new Map<number, number>();
  for (const [index, key] of keysOf(state, role).entries()) if (isOfMethod(state, key)) lastUse.set(key.slot, index);
  const lastUseOf = (slot: number): number => lastUse.get(slot) ?? -1;
  const choices = slots
    .toSorted((a, b) => lastUseOf(a) - lastUseOf(b) || a - b)
    .map((slot) =>
      decide(
        "generate",
        { role, slot, key: undefined },
        rotation === undefined
          ? { do: "plan", reason: reasonFor(state, role, active) }
          : { do: "generate", rotationId: rotation.id, role, algorithm, slot },
      ),
    );
  const [free] = choices.filter((choice) => choice.do !== "nothing");
  const soonest = choices.toSorted((a, b) => endOf(a) - endOf(b))[0];
  return (
    free ?? soonest ?? { do: "nothing", wait: { for: "name", role, reason: "this method has no name for the role" } }
  );
}

/** A key that others wait for fills their place; only where nobody asked and nothing signs it is asked for by itself. */
function reasonFor(state: DomainState, role: KeyRole, active: ManagedKey | undefined): RotationReason {
  if (active !== undefined && isToMove(state, active)) return "move";
  if (active !== undefined || pendingRotation(state, role) !== undefined) return "standby";
  const signed = keysOf(state, role).some(({ facts }) => latest(facts, "activated") !== undefined);
  return signed ? "emergency" : "first";
}

const endOf = (proposal: Proposal): number =>
  proposal.do === "nothing" ? (proposal.wait.untilTrustedMs ?? Infinity) : 0;
