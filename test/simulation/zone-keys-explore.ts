import { adversaryMoves, controllerMoves } from "./zone-keys-moves.ts";
import {
  brokenFor,
  fingerprint,
  isAtRest,
  type Move,
  remembered,
  type World,
  type WorldRules,
} from "./zone-keys-world.ts";

export type Exploration =
  | { verdict: "safe"; states: number; atRest: World | undefined }
  | { verdict: "unsafe"; violation: string; trace: string[] };

/** Breadth first, so that a violation comes with the shortest way to it. */
export function explore(start: World, rules: WorldRules, statesMax = 300_000): Exploration {
  const first = remembered(start, rules);
  const came = new Map<string, { from: string; by: string } | undefined>([[fingerprint(first), undefined]]);
  let frontier = [{ world: first, print: fingerprint(first) }];
  let atRest: World | undefined;
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { world, print } of frontier) {
      for (const move of [...controllerMoves(world, rules), ...adversaryMoves(world, rules)].map((one) =>
        judged(one, rules),
      )) {
        if ("violation" in move) {
          const trace = [move.name];
          for (let at = came.get(print); at !== undefined; at = came.get(at.from)) trace.unshift(at.by);
          return { verdict: "unsafe", violation: move.violation, trace };
        }
        const reached = fingerprint(move.world);
        if (came.has(reached)) continue;
        came.set(reached, { from: print, by: move.name });
        if (isAtRest(move.world)) atRest ??= move.world;
        else next.push({ world: move.world, print: reached });
      }
      if (came.size > statesMax) throw new Error(`more than ${statesMax} states`);
    }
    frontier = next;
  }
  return { verdict: "safe", states: came.size, atRest };
}

function judged(move: Move, rules: WorldRules): Move {
  if ("violation" in move) return move;
  const world = remembered(move.world, rules);
  const violation = brokenFor(world);
  return violation === undefined ? { name: move.name, world } : { name: move.name, violation };
}
