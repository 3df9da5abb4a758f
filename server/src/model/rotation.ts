import { type KeyFinding, latest } from "./key-fact.ts";
import type { KeyPhase } from "./key-phase.ts";
import { type KeyAlgorithm, type KeyRole, roleOf } from "./key-role.ts";
import type { MoveFinding } from "./move.ts";
import { absentNow, confirmedNow, lastSeenMs, setbackOf } from "./rotation-finding.ts";
import {
  type Block,
  firstBlock,
  type Guard,
  guards,
  nextRoundMs,
  type Moment,
  type Transition,
  type Wait,
} from "./rotation-guard.ts";
import {
  activeKey,
  type DomainState,
  isLeftBehind,
  isOfMethod,
  keysIn,
  keysOf,
  type ManagedKey,
  openRotation,
  pendingRotation,
  phaseOfKey,
  type RotationReason,
  successorOf,
} from "./rotation-state.ts";
import { drainWaitSeconds, type TimingPolicy } from "./timing-policy.ts";

/** The one next thing to do for a domain. Whoever does it records the fact and asks again. */
export type Step =
  /** Write down that a successor is wanted, before anything is made for it. */
  | { do: "plan"; reason: RotationReason }
  | { do: "generate"; rotationId: string; role: KeyRole; algorithm: KeyAlgorithm; slot: number }
  | { do: "publish"; key: ManagedKey }
  /** Ask every authoritative server of the key's chain, and come back with the round. */
  | { do: "observe"; key: ManagedKey }
  /** The world has shown this: record it. */
  | { do: "record"; key: ManagedKey; finding: KeyFinding }
  /** In one transaction `to` becomes active and `from` stops. */
  | { do: "switch"; to: ManagedKey; from: ManagedKey | undefined; findings: { to: KeyFinding; from: KeyFinding } }
  | { do: "withdraw"; key: ManagedKey }
  | { do: "destroy"; key: ManagedKey }
  /** The claim's move to another method has come this far: record it. */
  | { do: "move"; finding: MoveFinding }
  /** Nothing can be done before `untilTrustedMs` (undefined: before something changes outside). */
  | { do: "wait"; untilTrustedMs: number | undefined; waits: readonly Wait[] };

/** What one key or one role asks for: a step that can be done now, or what it waits for. */
type Proposal = Exclude<Step, { do: "wait" }> | { do: "nothing"; wait: Wait };

/** Durable steps come before looking, looking before waiting; a switch comes first, since a rotation waits for nothing else. */
const urgency: Record<Proposal["do"], number> = {
  switch: 0,
  record: 1,
  publish: 2,
  generate: 3,
  plan: 4,
  withdraw: 5,
  destroy: 6,
  move: 7,
  observe: 8,
  nothing: 9,
};

/**
 * Decides; does nothing. Each key proposes what its phase asks for, each role whether a successor or a switch is due; what
 * a guard blocks becomes a look or a wait. The most urgent proposal is the step.
 */
export function nextStep(state: DomainState, policy: TimingPolicy, among: readonly Guard[] = guards): Step {
  const proposals = propose(state, policy, among);
  const first = proposals.toSorted((a, b) => urgency[a.do] - urgency[b.do])[0];
  if (first !== undefined && first.do !== "nothing") return first;
  const waits = waitsIn(proposals);
  const ends = waits.flatMap(({ untilTrustedMs }) => (untilTrustedMs === undefined ? [] : [untilTrustedMs]));
  return { do: "wait", untilTrustedMs: ends.length === 0 ? undefined : Math.min(...ends), waits };
}

/** Everything that waits, for people to read. */
export const waitsOf = (state: DomainState, policy: TimingPolicy): Wait[] => waitsIn(propose(state, policy, guards));

const waitsIn = (proposals: readonly Proposal[]): Wait[] =>
  proposals.flatMap((proposal) => (proposal.do === "nothing" ? [proposal.wait] : []));

function propose(state: DomainState, policy: TimingPolicy, among: readonly Guard[]): Proposal[] {
  const unknown = state.keys.flatMap((key) =>
    key.facts.flatMap((fact) => (fact.kind === "unknown" ? [{ key, fact }] : [])),
  );
  const stranger = unknown[0];
  if (stranger !== undefined) {
    const reason = `${stranger.key.selector} carries a record of kind "${stranger.fact.name}", which this version does not know`;
    return [{ do: "nothing", wait: { for: "newer-version", keyId: stranger.key.id, reason } }];
  }
  if (state.move?.stage === "unknown") {
    const reason = "its move to another method is recorded in a way that this version does not know";
    return [{ do: "nothing", wait: { for: "newer-version", reason } }];
  }
  const decide: Decide = (transition, moment, step) => {
    const block = firstBlock(transition, { state, policy, ...moment }, among);
    return block === undefined ? step : asProposal(block);
  };
  if (state.released) {
    return state.keys.flatMap((key) => {
      const phase = phaseOfKey(key);
      return (proposalsOfReleasedKey[phase] ?? proposalsOfKey[phase])(state, policy, key, decide);
    });
  }
  return [
    ...state.keys.flatMap((key) => {
      const phase = phaseOfKey(key);
      const given = isLeftBehind(state, key) ? proposalsOfReleasedKey[phase] : undefined;
      return (given ?? proposalsOfKey[phase])(state, policy, key, decide);
    }),
    ...state.algorithms.flatMap((algorithm) => proposalsOfRole(state, policy, algorithm, decide)),
    ...proposalsOfMove(state, decide),
  ];
}

type Decide = (transition: Transition, moment: Pick<Moment, "role" | "slot" | "key">, step: Proposal) => Proposal;

const asProposal = (block: Block): Proposal =>
  "observe" in block ? { do: "observe", key: block.observe } : { do: "nothing", wait: block.wait };

type ProposalsOfKey = (state: DomainState, policy: TimingPolicy, key: ManagedKey, decide: Decide) => Proposal[];
const none: ProposalsOfKey = () => [];

/** What each phase asks for. Becoming active is not a key's own wish: its role decides. */
const proposalsOfKey: Record<KeyPhase, ProposalsOfKey> = {
  generated: (_state, _policy, key, decide) => [decide("publish", at(key), { do: "publish", key })],
  publishing: (state, policy, key, decide) => [
    decide("confirm", at(key), { do: "record", key, finding: confirmedNow(state, policy, key) }),
  ],
  published: (state, policy, key, decide) => {
    const setback = setbackOf(state, policy, key);
    if (setback !== undefined) return [{ do: "record", key, finding: setback }];
    const finding: KeyFinding = { kind: "ready", evidence: { observedTrustedMs: lastSeenMs(state, key) } };
    return [decide("make-ready", at(key), { do: "record", key, finding }), ...watch(state, policy, key)];
  },
  ready: (state, policy, key) => {
    const setback = setbackOf(state, policy, key);
    return setback?.kind === "unconfirmed" ? [{ do: "record", key, finding: setback }] : watch(state, policy, key);
  },
  active: none,
  draining: (_state, _policy, key, decide) => [decide("withdraw", at(key), { do: "withdraw", key })],
  withdrawing: (state, policy, key, decide) =>
    latest(key.facts, "absent") === undefined
      ? [decide("note-absence", at(key), { do: "record", key, finding: absentNow(state, policy, key) })]
      : [
          decide("free-name", at(key), {
            do: "record",
            key,
            finding: { kind: "withdrawn", evidence: { observedTrustedMs: lastSeenMs(state, key) } },
          }),
        ],
  withdrawn: (_state, _policy, key, decide) => [decide("destroy", at(key), { do: "destroy", key })],
  revoking: none,
  revoked: none,
  destroyed: none,
  unknown: none,
};

/**
 * Where a released claim differs: nothing takes over, so a key that never signed goes at once, and the one that signs stops
 * and drains. From there on a key's way is the same. A key that is left behind under another method goes the same way.
 */
const proposalsOfReleasedKey: Partial<Record<KeyPhase, ProposalsOfKey>> = {
  generated: (_state, _policy, key) => [{ do: "destroy", key }],
  publishing: (_state, _policy, key) => [{ do: "withdraw", key }],
  published: (_state, _policy, key) => [{ do: "withdraw", key }],
  ready: (_state, _policy, key) => [{ do: "withdraw", key }],
  active: (state, policy, key) => [{ do: "record", key, finding: stopNow(state, policy) }],
};

/** What a move asks for between the keys' own steps; the world's part of it, the customer's records, is recorded by who looks at them. */
function proposalsOfMove(state: DomainState, decide: Decide): Proposal[] {
  const { move } = state;
  const moment = { role: roleOf(state.algorithms[0] ?? "rsa-sha256"), slot: 0, key: undefined };
  switch (move?.stage) {
    case "requested":
      return [decide("ask-move", moment, { do: "move", finding: { kind: "asked", evidence: { to: move.to.name } } })];
    case "delegated":
    case "aborted": {
      const kept = state.method.name;
      const evidence = { kept, left: move.left };
      return [decide("settle-move", moment, { do: "move", finding: { kind: "settled", evidence } })];
    }
    case "asked": {
      if (move.done) return [{ do: "move", finding: { kind: "delegated", evidence: { to: move.to.name } } }];
      const reason = `the customer has yet to publish the records of ${move.to.name}`;
      return [{ do: "nothing", wait: { for: "move", reason } }];
    }
    case "settled":
      return move.done ? [{ do: "move", finding: { kind: "cleared", evidence: { left: move.left } } }] : [];
    case undefined:
    case "unknown":
      return [];
  }
}

const at = (key: ManagedKey): Pick<Moment, "role" | "slot" | "key"> => ({ role: key.role, slot: key.slot, key });
/** Looks at a key that only waits, so that a record taken away in the meantime is noticed. */
function watch(state: DomainState, policy: TimingPolicy, key: ManagedKey): Proposal[] {
  const dueMs = nextRoundMs(state, key, "present", policy.watchIntervalSeconds, policy);
  if (state.trustedMs >= dueMs) return [{ do: "observe", key }];
  const reason = phaseOfKey(key) === "ready" ? "stands by" : "is watched";
  return [{ do: "nothing", wait: { for: "sight", keyId: key.id, role: key.role, untilTrustedMs: dueMs, reason } }];
}

/** What a role as a whole asks for: a switch that is due, or a key to be made. */
function proposalsOfRole(
  state: DomainState,
  policy: TimingPolicy,
  algorithm: KeyAlgorithm,
  decide: Decide,
): Proposal[] {
  const role = roleOf(algorithm);
  const active = activeKey(state, role);
  const successor = successorOf(state, role);
  const pending = pendingRotation(state, role);
  const moving = active !== undefined && !isOfMethod(state, active);
  const proposals: Proposal[] = [];
  // With nothing that signs, a key that is ready under the other method is better than none.
  const to = [successor, ...(active === undefined ? keysIn(state, role, "ready") : [])].find(
    (key) => key !== undefined && phaseOfKey(key) === "ready",
  );
  if (to !== undefined && (pending !== undefined || active === undefined || moving)) {
    proposals.push(decide("switch", at(to), switchTo(state, policy, to, active, pending?.id)));
  }
  if (active !== undefined && pending === undefined) {
    const dueMs = (latest(active.facts, "activated")?.trustedMs ?? 0) + policy.rotateAfterSeconds * 1000;
    const wait: Wait = {
      for: "rotation",
      keyId: active.id,
      role,
      untilTrustedMs: dueMs,
      reason: "signs until its successor is due",
    };
    proposals.push(state.trustedMs >= dueMs ? { do: "plan", reason: "scheduled" } : { do: "nothing", wait });
  }
  const wanted = active === undefined || pending !== undefined || moving || state.method.standby;
  if (successor === undefined && wanted) proposals.push(makeSuccessor(state, algorithm, active, decide));
  return proposals;
}

function switchTo(
  state: DomainState,
  policy: TimingPolicy,
  to: ManagedKey,
  from: ManagedKey | undefined,
  serves: string | undefined,
): Step & { do: "switch" } {
  const observedTrustedMs = lastSeenMs(state, to);
  const evidence = { serves: serves ?? to.rotationId, replaces: from?.id ?? null, observedTrustedMs };
  return {
    do: "switch",
    to,
    from,
    findings: {
      to: { kind: "activated", evidence },
      from: stopNow(state, policy),
    },
  };
}

/** A signer that read "active" just before may go on until its lease ends; the drain counts from there. */
function stopNow(state: DomainState, policy: TimingPolicy): KeyFinding {
  const lastUseTrustedMs = state.trustedMs + policy.signerLeaseSeconds * 1000;
  return { kind: "deactivated", evidence: { lastUseTrustedMs, drainSeconds: drainWaitSeconds(policy) } };
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
  const slots = state.method.slots(role) ?? [1 + Math.max(0, ...state.keys.map(({ slot }) => slot))];
  const lastUse = (slot: number): number =>
    keysOf(state, role).findLastIndex((key) => key.method.name === state.method.name && key.slot === slot);
  const choices = slots
    .toSorted((a, b) => lastUse(a) - lastUse(b) || a - b)
    .map((slot) =>
      decide(
        "generate",
        { role, slot, key: undefined },
        rotation === undefined
          ? { do: "plan", reason: reasonFor(state, active) }
          : { do: "generate", rotationId: rotation.id, role, algorithm, slot },
      ),
    );
  const [free] = choices.filter((choice) => choice.do !== "nothing");
  const soonest = choices.toSorted((a, b) => endOf(a) - endOf(b))[0];
  return (
    free ?? soonest ?? { do: "nothing", wait: { for: "name", role, reason: "this method has no name for the role" } }
  );
}

function reasonFor(state: DomainState, active: ManagedKey | undefined): RotationReason {
  if (active === undefined) return "first";
  return isOfMethod(state, active) ? "standby" : "move";
}

const endOf = (proposal: Proposal): number =>
  proposal.do === "nothing" ? (proposal.wait.untilTrustedMs ?? Infinity) : 0;
