import type { Block, Guard, Moment } from "./rotation-guard.ts";
import { roleOf } from "./key-role.ts";
import { leavesNameFree } from "./key-phase.ts";
import { activeKey, type DomainState, isOfMethod, phaseOfKey, runningWait } from "./rotation-state.ts";

/** What a move of a claim to another method does beside the steps of its keys. */
export type MoveTransition = "ask-move" | "settle-move";

/** The guards of a move: rows of the same table as those of keys. */
export const moveGuards: readonly Guard[] = [
  // A delegation hides whatever stood below its name: keys that sign or drain, and the aliases to them, have to be in the new zone first.
  { name: "nothing-hidden", on: ["ask-move"], block: hidesWhatVerifies },
  // The records of the old method may go only when nobody can ask for a key behind them any more (I-3, I-6).
  { name: "left-keys-gone", on: ["settle-move"], block: keysStayBehind },
];

function hidesWhatVerifies({ state: { move } }: Moment): Block | undefined {
  if (move === undefined || move.hidden.length === 0) return undefined;
  const reason = `the delegation would hide ${move.hidden.join(", ")}, and our new zone does not answer for it yet`;
  return { wait: { for: "move", reason } };
}

function keysStayBehind({ state }: Moment): Block | undefined {
  const left = state.keys.filter((key) => key.method.name === state.move?.left && !leavesNameFree(phaseOfKey(key)));
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

/** Every role has its active key under the method that new keys are made under. */
const signsUnderMethod = (state: DomainState): boolean =>
  state.algorithms.every((algorithm) => {
    const active = activeKey(state, roleOf(algorithm));
    return active !== undefined && isOfMethod(state, active);
  });
