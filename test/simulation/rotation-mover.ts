// A claim that moves to another method: what the customer does about it, whenever it likes, and what the controller records.
import type { DelegationMethod } from "../../server/src/model/delegation/delegation.ts";
import { leavesNameFree } from "../../server/src/model/key/key-phase.ts";
import { type MoveFinding, type MoveStage, type MoveState, mayAbort } from "../../server/src/model/delegation/move.ts";
import { type ManagedKey, phaseOfKey } from "../../server/src/model/rotation/rotation-state.ts";
import { type Move, type World, type WorldRules } from "./rotation-world.ts";

/**
 * A move as it stands. `published`: the customer has the new records. `held`: our new zone answers for the old names as well. `remembered`: so
 * many ticks caches know a delegation that is gone; `linger`: so many our old zone is still to be served. `closed`: it is not.
 */
export type WorldMove = {
  stage: MoveStage;
  left: "old" | "new";
  published: boolean;
  held: boolean;
  removed: boolean;
  remembered: number;
  linger: number;
  closed: boolean;
};

export const newMove: WorldMove = {
  stage: "requested",
  left: "old",
  published: false,
  held: false,
  removed: false,
  remembered: 0,
  linger: 0,
  closed: false,
};

/** A tick later. */
export const moveLater = (move: WorldMove): WorldMove => ({
  ...move,
  remembered: Math.max(0, move.remembered - 1),
  linger: Math.max(0, move.linger - 1),
});

/** The method that new keys are made under. */
export function makingMethodOf({ move }: World, { method, moveTo }: WorldRules): DelegationMethod {
  const isOver = move?.stage === "settled" || move?.stage === "gone";
  const moved = move?.stage === "delegated" || (isOver && move.left === "old");
  return moved && moveTo !== undefined ? moveTo : method;
}

export function moveStateOf({ move, keys, tick }: World, rules: WorldRules): MoveState | undefined {
  const { moveTo: to, standsIn, ttl } = rules;
  if (move === undefined || to === undefined || move.closed || (move.stage === "settled" && !standsIn))
    return undefined;
  const old = keys.filter((key) => key.method.name !== to.name && !leavesNameFree(phaseOfKey(key)));
  return {
    stage: move.stage,
    left: move.left === "old" ? rules.method.name : to.name,
    to,
    done: move.stage === "asked" ? move.published : move.removed,
    ...(standsIn && { lingerSeconds: ttl }),
    ...(move.stage === "gone" && { servedUntilMs: (tick + move.linger) * 1000 }),
    hidden: rules.hides && !move.held ? old.map(({ selector }) => selector) : [],
  };
}

/** What was served under the old delegation is served no more when a move is cleared: whoever still asks there finds nothing. */
export function recordedMove(world: World, { kind, evidence }: MoveFinding, { method }: WorldRules): World {
  const { move, keys } = world;
  if (move === undefined || kind === "requested") return world;
  if (kind === "gone") return { ...world, move: { ...move, stage: kind, linger: evidence.waitSeconds } };
  if (kind !== "cleared") return { ...world, move: { ...move, stage: kind } };
  const isLost = (slot: number): boolean =>
    move.remembered > 0 && keys.some((key) => key.slot === slot && key.method.name !== method.name);
  const vanished = world.vanished.map((one, slot) => one || isLost(slot));
  return { ...world, move: { ...move, closed: true }, vanished };
}

/** The customer publishes what it is asked for, and removes what it is told it may. An operator gives the move up while that is allowed. */
export function moverMoves(world: World, rules: WorldRules): Move[] {
  const { move, keys } = world;
  const { moveTo } = rules;
  if (move === undefined || moveTo === undefined) return [];
  const isOld = (key: ManagedKey): boolean => key.method.name !== moveTo.name;
  const changed = (name: string, change: Partial<WorldMove>, gone?: (key: ManagedKey) => boolean): Move => ({
    name,
    world: {
      ...world,
      move: { ...move, ...change },
      vanished: world.vanished.map(
        (vanished, slot) => vanished || keys.some((key) => key.slot === slot && gone?.(key) === true),
      ),
    },
  });
  const result: Move[] = [];
  if (rules.hides && !move.held && move.stage === "requested")
    result.push(changed("our zone answers for the old names", { held: true }));
  if (move.stage === "asked" && !move.published)
    result.push(changed("customer delegates", { published: true }, rules.hides && !move.held ? isOld : undefined));
  if (rules.aborts && (move.stage === "asked" || move.stage === "delegated") && mayAbort(moveTo.name, keys))
    result.push(changed("aborted", { stage: "aborted", left: "new" }));
  if (move.stage === "settled" && !move.removed)
    result.push(
      changed(
        "customer removes what is left",
        { removed: true, remembered: rules.standsIn ? rules.ttl : 0 },
        (key) => isOld(key) === (move.left === "old"),
      ),
    );
  return result;
}
