import { phaseOf } from "../../server/src/model/key-phase.ts";
import { type ManagedKey, runningWait } from "../../server/src/model/rotation-state.ts";
import { adversaryMoves } from "./rotation-adversary.ts";
import { controllerMoves } from "./rotation-controller.ts";
import type { World, WorldRules } from "./rotation-world.ts";

/** In ticks. What takes longer than any play is for ever, however much of it is left. */
const longWait = 50;

/** The same for two worlds that differ only in when things happened, by as much as no wait can tell apart. */
function fingerprint(world: World, rules: WorldRules): string {
  const life = world.keys.map((key) => {
    const wait = runningWait(key);
    const left = wait === undefined ? 0 : Math.min(longWait, Math.max(-1, wait.endsMs / 1000 - world.tick));
    const last = key.facts.at(-1);
    const sinceFreed = last?.kind === "withdrawn" ? Math.min(3, world.tick - last.trustedMs / 1000) : 0;
    const said = key.facts.some(({ kind }) => kind === "declared");
    const called = key.facts.findLastIndex(({ kind }) => kind === "recalled");
    const stopped = key.facts.findLastIndex(({ kind }) => kind === "deactivated");
    const leaseLeft = leaseLeftOf(world, key);
    const wasSilenced = key.facts.some(({ kind }) => kind === "silenced");
    const life = [phaseOf(key.facts), last?.kind, left, sinceFreed, said, called > stopped, leaseLeft, wasSilenced];
    return [key.id, key.slot, ...life];
  });
  const { zone, servers, behind, caches, vanished, regressed, signers, mails, mailsSent, move } = world;
  return JSON.stringify([
    Math.max(0, rules.closedUntil - world.tick),
    life,
    world.rotations.map(({ abortedTrustedMs }) => abortedTrustedMs !== undefined),
    world.meddled,
    zone,
    servers,
    behind,
    caches,
    vanished,
    regressed,
    signers,
    mails,
    mailsSent,
    move,
    world.servedAt?.map((at) => Math.min(8, world.tick - at)),
    world.claim,
    world.unproven,
    world.mistaken,
  ]);
}

/** A key whose last signer is not known to have stopped: how long ago it was switched away from, up to any lease. */
function leaseLeftOf(world: World, key: ManagedKey): number {
  const last = key.facts.at(-1);
  return last?.kind === "deactivated" ? Math.min(5, world.tick - last.trustedMs / 1000) : 0;
}

export type Exploration =
  | { verdict: "safe"; states: number }
  | { verdict: "unsafe"; violation: string; trace: string[] };

/** Breadth first, so that a violation comes with the shortest way to it. */
export function explore(start: World, rules: WorldRules, statesMax = 400_000): Exploration {
  const came = new Map<string, { from: string; by: string } | undefined>([[fingerprint(start, rules), undefined]]);
  let frontier = [{ world: start, print: fingerprint(start, rules) }];
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { world, print } of frontier) {
      for (const move of [...controllerMoves(world, rules), ...adversaryMoves(world, rules)]) {
        if ("violation" in move) {
          const trace = [move.name];
          for (let at = came.get(print); at !== undefined; at = came.get(at.from)) trace.unshift(at.by);
          return { verdict: "unsafe", violation: move.violation, trace };
        }
        const reached = fingerprint(move.world, rules);
        if (came.has(reached)) continue;
        came.set(reached, { from: print, by: move.name });
        next.push({ world: move.world, print: reached });
      }
      if (came.size > statesMax) throw new Error(`more than ${statesMax} states`);
    }
    frontier = next;
  }
  return { verdict: "safe", states: came.size };
}
