import type { Block, Guard, Moment } from "./rotation-guard.ts";
import { roleOf } from "../key/key-role.ts";
import { cutOverOf } from "../delegation/selector-import.ts";
import { leavesNameFree } from "../key/key-phase.ts";
import {
  activeKey,
  type DomainState,
  isKeptByCustomer,
  isOfMethod,
  type ManagedKey,
  phaseOfKey,
  runningWait,
} from "./rotation-state.ts";

/** What a move of a claim to another method does beside the steps of its keys. */
export type MoveTransition = "ask-move" | "settle-move" | "clear-move";

/** The guards of a move: rows of the same table as those of keys. */
export const moveGuards: readonly Guard[] = [
  // A delegation hides whatever stood below its name: keys that sign or drain, the aliases to them, and what others have there have to be in
  // the new zone first, at every name server of ours (I-3, S18).
  { name: "nothing-hidden", on: ["ask-move"], block: hidesWhatVerifies },
  // The records of the old method may go only when nobody can ask for a key behind them any more (I-3, I-6).
  { name: "left-keys-gone", on: ["settle-move"], block: keysStayBehind },
  // Whoever remembers the old delegation asks us for the names of the new method: our old zone answers until nobody does (I-3).
  { name: "delegation-forgotten", on: ["clear-move"], block: stillAskedOfUs },
];

function hidesWhatVerifies({ state: { move, wallMs } }: Moment): Block | undefined {
  if (move === undefined) return undefined;
  const { hidden, selectors } = move;
  const now = Math.floor(wallMs / 1000);
  const cut = selectors && cutOverOf(selectors.domain, selectors.agreed, selectors.taken, now, selectors.zone);
  const reasons = [
    ...(hidden.length === 0
      ? []
      : [`the delegation would hide ${hidden.join(", ")}, and our new zone does not answer for it yet`]),
    ...(cut?.may === "wait" ? cut.reasons.map(({ reason, remedy }) => `${reason}: ${remedy}`) : []),
  ];
  return reasons.length === 0 ? undefined : { wait: { for: "move", reason: reasons.join("; ") } };
}

function stillAskedOfUs({ state: { move, trustedMs } }: Moment): Block | undefined {
  const { servedUntilMs: untilTrustedMs = 0, left, done } = move ?? {};
  if (done === false) return { wait: { for: "move", reason: `the delegation of ${left} is there again` } };
  const reason = `caches may still know the delegation of ${left}, and ask us`;
  return trustedMs < untilTrustedMs ? { wait: { for: "move", untilTrustedMs, reason } } : undefined;
}

function keysStayBehind({ state }: Moment): Block | undefined {
  const left = state.keys.filter((key) => key.method.name === state.move?.left && isNeeded(key));
  const [last] = left;
  if (last !== undefined) {
    const endsMs = Math.max(...left.map((key) => runningWait(key)?.endsMs ?? 0));
    const reason = left.map((key) => `${key.selector} is ${phaseOfKey(key)}`).join(", ");
    return { wait: { for: "move", ...(endsMs > 0 && { untilTrustedMs: endsMs }), reason } };
  }
  return signsUnderMethod(state)
    ? undefined
    : { wait: { for: "move", reason: `no key signs under ${state.method.name} yet` } };
}

/** Of a record that the customer keeps, nothing is in flight once it was asked to remove it; ours is gone when its name is free. */
function isNeeded(key: ManagedKey): boolean {
  const phase = phaseOfKey(key);
  return !leavesNameFree(phase) && !(phase === "withdrawing" && isKeptByCustomer(key));
}

/** Every role has its active key under the method that new keys are made under. */
const signsUnderMethod = (state: DomainState): boolean =>
  state.algorithms.every((algorithm) => {
    const active = activeKey(state, roleOf(algorithm));
    return active !== undefined && isOfMethod(state, active);
  });
