import type { ChainObservation } from "./chain-observation.ts";
import { confirm, type Expectation, judgeRound } from "./confirm.ts";
import { latest, type TrustedMs } from "./key-fact.ts";
import { leavesNameFree } from "./key-phase.ts";
import type { KeyRole } from "./key-role.ts";
import { moveGuards, type MoveTransition } from "./rotation-move-guard.ts";
import {
  activeKey,
  type DomainState,
  keysIn,
  keysOf,
  type ManagedKey,
  phaseOfKey,
  runningWait,
} from "./rotation-state.ts";
import type { TimingPolicy } from "./timing-policy.ts";

/** What something waits for. `untilTrustedMs`: when it can end at the earliest; without it, only the world can end it. */
export type Wait = {
  for:
    | "sight"
    | "visibility"
    | "drain"
    | "settle"
    | "destruction"
    | "name"
    | "rotation"
    | "newer-version"
    | "self-test"
    | "move";
  keyId?: string;
  role?: KeyRole;
  untilTrustedMs?: TrustedMs;
  reason: string;
};

/** Why a transition cannot happen now: something has to be looked at first, or waited for. */
export type Block = { observe: ManagedKey } | { wait: Wait };

/** A transition that is about to happen. */
export type Moment = {
  state: DomainState;
  policy: TimingPolicy;
  role: KeyRole;
  /** The slot whose name the key has, or will have. */
  slot: number;
  /** The key that changes; undefined where it has yet to be made. */
  key: ManagedKey | undefined;
};

export type Transition =
  | "generate"
  | "publish"
  | "confirm"
  | "make-ready"
  | "switch"
  | "withdraw"
  | "note-absence"
  | "free-name"
  | "destroy"
  | MoveTransition;

export type Guard = { name: string; on: readonly Transition[]; block: (moment: Moment) => Block | undefined };

/** The guards of safety.md §3.2's table; all that stand on a transition must hold at its instant. Waits that a clock can tell come before looks. */
export const guards: readonly Guard[] = [
  // A name that is signing, draining or not yet forgotten by caches never changes its key (I-4).
  { name: "name-free", on: ["generate", "publish"], block: nameTaken },
  // A pair that cannot verify its own signature would break every message (I-8).
  { name: "self-tested", on: ["publish"], block: notSelfTested },
  // One server without the record is enough for a receiver to find nothing (I-1).
  { name: "seen-everywhere", on: ["confirm"], block: (moment) => notSeen(moment, moment.key, "present", 0) },
  // Whoever asked before the last server had it may remember "no such name", or what stood there before (I-2).
  { name: "visibility-wait", on: ["make-ready"], block: stillRunning },
  // Time alone does nothing: the record has to be there after the wait as well (I-11).
  {
    name: "seen-after-wait",
    on: ["make-ready"],
    block: (moment) => notSeen(moment, moment.key, "present", waitEndMs(moment)),
  },
  // Turning on while another name drains would leave no stand-by for an emergency.
  { name: "few-drains", on: ["switch"], block: tooManyDrains },
  // A stand-by may have been ready for months: what counts is that it is there at this moment (I-1).
  { name: "fresh-sight", on: ["switch"], block: (moment) => notSeen(moment, moment.key, "present", 0) },
  // Mail signed with the old key may still be on its way (I-3).
  { name: "drain-wait", on: ["withdraw"], block: stillRunning },
  // As long as the successor is not there, the old key is all there is to go back to (I-6).
  {
    name: "successor-seen",
    on: ["withdraw"],
    block: (moment) =>
      moment.state.released
        ? undefined
        : notSeen(moment, activeKey(moment.state, moment.role), "present", waitEndMs(moment)),
  },
  // A server that still has the old record hands it to new caches.
  { name: "gone-everywhere", on: ["note-absence"], block: (moment) => notSeen(moment, moment.key, "absent", 0) },
  // Caches keep the old record for its TTL.
  { name: "settle-wait", on: ["free-name"], block: stillRunning },
  // A secondary that came back with an old zone would show it again.
  {
    name: "gone-after-wait",
    on: ["free-name"],
    block: (moment) => notSeen(moment, moment.key, "absent", waitEndMs(moment)),
  },
  // Until then an operator may want to go back to it.
  { name: "destroy-wait", on: ["destroy"], block: tooEarlyToDestroy },
  ...moveGuards,
];

/** The first guard that does not hold. */
export function firstBlock(transition: Transition, moment: Moment, among: readonly Guard[]): Block | undefined {
  for (const guard of among) {
    const block = guard.on.includes(transition) ? guard.block(moment) : undefined;
    if (block !== undefined) return block;
  }
  return undefined;
}

const about = (key: ManagedKey): { keyId: string; role: KeyRole } => ({ keyId: key.id, role: key.role });
const waitEndMs = ({ key }: Moment): TrustedMs => (key === undefined ? 0 : (runningWait(key)?.endsMs ?? 0));
const until = (endsMs: TrustedMs | undefined): { untilTrustedMs?: TrustedMs } =>
  endsMs === undefined ? {} : { untilTrustedMs: endsMs };

function nameTaken({ state, role, slot, key }: Moment): Block | undefined {
  const holder = keysOf(state, role).find(
    (other) =>
      other !== key &&
      other.method.name === (key?.method ?? state.method).name &&
      other.slot === slot &&
      !leavesNameFree(phaseOfKey(other)),
  );
  if (holder === undefined) return undefined;
  const reason = `${holder.selector} still ${phaseOfKey(holder)}`;
  return { wait: { for: "name", role, ...until(runningWait(holder)?.endsMs), reason } };
}

function notSelfTested({ key }: Moment): Block | undefined {
  if (key === undefined || latest(key.facts, "generated")?.evidence.selfTested === true) return undefined;
  return { wait: { for: "self-test", ...about(key), reason: "the key pair has not verified its own signature" } };
}

/** A drain is over only when *more* than its wait has passed; the other waits have the second look that follows. */
function stillRunning({ state, key }: Moment): Block | undefined {
  const wait = key === undefined ? undefined : runningWait(key);
  if (key === undefined || wait === undefined) return undefined;
  const over = wait.for === "drain" ? state.trustedMs > wait.endsMs : state.trustedMs >= wait.endsMs;
  if (over) return undefined;
  const reasons = {
    visibility: "caches may still hold what was there before its record",
    drain: "mail signed with it may still be on its way",
    settle: "caches may still hold its record",
  };
  return { wait: { for: wait.for, ...about(key), untilTrustedMs: wait.endsMs, reason: reasons[wait.for] } };
}

function tooManyDrains({ state, role, key }: Moment): Block | undefined {
  const { drainingMax } = state.method;
  if (drainingMax === undefined || activeKey(state, role) === undefined) return undefined;
  const inTheWay = keysIn(state, role, "draining", "withdrawing").filter(
    ({ method }) => method.name === state.method.name,
  );
  const last = inTheWay.at(-1);
  if (last === undefined || inTheWay.length < drainingMax) return undefined;
  const reason = inTheWay.map((other) => `${other.selector} still ${phaseOfKey(other)}`).join(", ");
  return { wait: { for: "rotation", ...(key && about(key)), ...until(runningWait(last)?.endsMs), reason } };
}

function tooEarlyToDestroy({ state, policy, key }: Moment): Block | undefined {
  if (key === undefined) return undefined;
  const freed = latest(key.facts, "withdrawn")?.trustedMs ?? state.trustedMs;
  const stopped = latest(key.facts, "deactivated")?.trustedMs ?? 0;
  const endsMs = Math.max(freed + policy.destroyAfterSeconds * 1000, stopped + policy.rollbackWindowSeconds * 1000);
  if (state.trustedMs >= endsMs) return undefined;
  return {
    wait: { for: "destruction", ...about(key), untilTrustedMs: endsMs, reason: "its private half is kept for a while" },
  };
}

/** CONFIRM holds now: agreed by round after round, the last of them fresh and made at `notBeforeMs` or later. */
function notSeen(
  moment: Moment,
  key: ManagedKey | undefined,
  expected: Expectation,
  notBeforeMs: TrustedMs,
): Block | undefined {
  const { state, policy, role } = moment;
  if (key === undefined) return { wait: { for: "sight", role, reason: "no key is active" } };
  const confirmation = confirm(state.rounds.get(key.id) ?? [], key.chain, expected, policy);
  if (confirmation.state === "confirmed") {
    const { latest: round } = confirmation;
    if (round.trustedMs >= notBeforeMs && ageMs(state, round) <= policy.freshnessSeconds * 1000) return undefined;
  }
  const dueMs = nextRoundMs(state, key, expected, policy.confirmGapSeconds, policy);
  if (state.trustedMs >= dueMs) return { observe: key };
  const reason =
    confirmation.state === "confirmed" ? "is about to be looked at again" : confirmation.reasons.join("; ");
  return { wait: { for: "sight", ...about(key), untilTrustedMs: dueMs, reason } };
}

/** The trusted clock may run late and the wall clock may jump: the observation is as old as the worse of the two says. */
const ageMs = (state: DomainState, round: ChainObservation): number =>
  Math.max(state.trustedMs - round.trustedMs, Math.abs(state.wallMs - round.wallMs));

/** When to look again: after the gap if the last round agreed, else after the usual interval. */
export function nextRoundMs(
  state: DomainState,
  key: ManagedKey,
  expected: Expectation,
  gapSeconds: number,
  policy: TimingPolicy,
): TrustedMs {
  const last = state.rounds.get(key.id)?.at(-1);
  if (last === undefined) return 0;
  const agreed = judgeRound(last, key.chain, expected).verdict === "agreed";
  return last.trustedMs + (agreed ? gapSeconds : policy.observeIntervalSeconds) * 1000;
}
