import { phaseOf } from "../../server/src/model/key/key-phase.ts";
import { recallEndsMs } from "../../server/src/model/rotation/rotation-recall.ts";
import { type ManagedKey, runningWait } from "../../server/src/model/rotation/rotation-state.ts";
import { adversaryMoves } from "./rotation-adversary.ts";
import { controllerMoves } from "./rotation-controller.ts";
import type { World, WorldRules } from "./rotation-world.ts";

/** In ticks. What takes longer than any play is for ever, however much of it is left. */
const longWait = 50;

/** A number for a text, always the same: what is compared a million times is better short. */
const numbers = new Map<string, number>();
const short = (text: string): number => {
  const known = numbers.get(text) ?? numbers.size;
  numbers.set(text, known);
  return known;
};

/** What of a key's life a decision can depend on, apart from how long ago things happened. */
type Life = {
  told: number;
  endsTick: number | undefined;
  freedTick: number | undefined;
  stoppedTick: number | undefined;
  /** Until when a call back stands. */
  calledTick: number | undefined;
};

const lives = new WeakMap<ManagedKey, Life>();

function lifeOf(key: ManagedKey): Life {
  const known = lives.get(key);
  if (known !== undefined) return known;
  const { facts } = key;
  const last = facts.at(-1);
  const has = (kind: string): boolean => facts.some((fact) => fact.kind === kind);
  const called = facts.findLastIndex(({ kind }) => kind === "recalled");
  const stopped = facts.findLastIndex(({ kind }) => kind === "deactivated");
  const wait = runningWait(key);
  const tickOf = (kind: string): number | undefined => (last?.kind === kind ? last.trustedMs / 1000 : undefined);
  const life: Life = {
    told: short(
      `${key.id} ${key.slot} ${phaseOf(facts)} ${last?.kind} ${has("declared")} ${called > stopped} ${has("silenced")}`,
    ),
    endsTick: wait && wait.endsMs / 1000,
    freedTick: tickOf("withdrawn"),
    calledTick: called > stopped ? recallEndsMs(key) / 1000 : undefined,
    stoppedTick: tickOf("deactivated"), // a key whose last signer is not known to have stopped
  };
  lives.set(key, life);
  return life;
}

/** Servers, signers and messages are alike: which of them is which makes no difference to anybody, but for the one that regresses. */
function alike(world: World): string[][] {
  const servers = world.servers.map((server, index) => `${server.join()}@${world.behind[index]}`);
  return [
    world.regressed ? servers : servers.toSorted(),
    world.signers.map(({ key, behind }) => `${key}@${behind}`).toSorted(),
    world.mails.map(({ slot, key, life }) => `${slot}${key}@${life}`).toSorted(),
  ];
}

/** The same for two worlds that differ only in when things happened, by as much as no wait can tell apart. */
function fingerprint(world: World, rules: WorldRules): string {
  const { tick } = world;
  const keys = world.keys.map((key) => {
    const { told, endsTick, freedTick, stoppedTick, calledTick } = lifeOf(key);
    const left = endsTick === undefined ? 0 : Math.min(longWait, Math.max(-1, endsTick - tick));
    const sinceFreed = freedTick === undefined ? 0 : Math.min(3, tick - freedTick);
    const sinceStopped = stoppedTick === undefined ? 0 : Math.min(5, tick - stoppedTick);
    const callLeft = calledTick === undefined ? 0 : Math.min(longWait, Math.max(-1, calledTick - tick));
    return `${told} ${left} ${sinceFreed} ${sinceStopped} ${callLeft}`;
  });
  const { zone, caches, vanished, regressed, mailsSent, move, meddled, claim, unproven, mistaken } = world;
  return [
    Math.max(0, rules.closedUntil - tick),
    keys.join(),
    world.rotations.map(({ abortedTrustedMs }) => (abortedTrustedMs === undefined ? "-" : "x")).join(""),
    zone.join(),
    alike(world).join(";"),
    caches.map(({ holds, ttl }) => `${holds}@${ttl}`).join(),
    vanished.join(),
    `${regressed} ${mailsSent} ${meddled} ${claim} ${unproven} ${mistaken}`,
    move === undefined ? "" : Object.values(move).join(),
    world.servedAt?.map((at) => Math.min(8, tick - at)).join() ?? "",
  ].join("|");
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
