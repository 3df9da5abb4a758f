// One alias of ours between two upstreams, for the real decision function. Time runs in ticks of a second. The adversary decides
// when a secondary takes the new zone, when a resolver asks, when each upstream signs, when its mail arrives, and when a target
// loses its key. An upstream signs as it was agreed: the old one until it is said to have stopped, the new one from settled on.
import { type AliasFact, readAliasFact } from "../../server/src/model/alias/alias-fact.ts";
import type { AliasGuard } from "../../server/src/model/alias/alias-guard.ts";
import { nextAliasStep } from "../../server/src/model/alias/alias-move.ts";
import { aliasPhase, type AliasState, currentTarget, wantedTarget } from "../../server/src/model/alias/alias-state.ts";
import type { TargetSight } from "../../server/src/model/alias/target-sight.ts";
import { smallPolicy, replaced } from "./rotation-world.ts";

type Target = "a.old.example" | "b.new.example";
export type AliasRules = {
  ttl: number;
  queue: number;
  lag: number;
  mails: number;
  guards: readonly AliasGuard[];
  /** What each target holds, and whether the new one may lose it, once and for good. */
  keys: Record<Target, string>;
  vanish: boolean;
  /** The new target leads back to our alias, at which the old key stands until the move. */
  comesBack: boolean;
  /** A secondary may come back, for good, with the zone it had before the move. */
  regress: boolean;
  /** The claim is given up. */
  released: boolean;
};

export type AliasWorld = {
  tick: number;
  facts: readonly AliasFact[];
  zone: string;
  servers: readonly string[];
  behind: readonly number[];
  cache: { holds: string; ttl: number };
  vanished: boolean;
  regressed: boolean;
  /** Whether the upstream behind the old target still signs. */
  oldSigns: boolean;
  mails: readonly { key: string; life: number }[];
  mailsSent: number;
};

type Move = { name: string; world: AliasWorld } | { name: string; violation: string };

const oldTarget: Target = "a.old.example";
const newTarget: Target = "b.new.example";
const aliasName = "x.esp.example";

const factAt = (tick: number, kind: string, evidence: object): AliasFact =>
  readAliasFact({ kind, evidence, at: tick, trustedMs: tick * 1000 });

/** The alias leads to the old upstream and has settled; somebody wants it to lead to the new one. */
export const aliasWorldOf = (rules: AliasRules): AliasWorld => ({
  tick: 0,
  facts: [
    factAt(0, "served", { to: oldTarget, from: null, zone: "esp.example", serial: 1, ttlSeconds: rules.ttl }),
    factAt(0, "confirmed", { seenTrustedMs: 0, waitSeconds: 0 }),
    factAt(0, "settled", { observedTrustedMs: 0 }),
    ...(rules.released ? [] : [factAt(0, "asked", { to: newTarget, by: "test" })]),
  ],
  zone: oldTarget,
  servers: [oldTarget, oldTarget],
  behind: [0, 0],
  cache: { holds: "", ttl: 0 },
  vanished: false,
  regressed: false,
  oldSigns: true,
  mails: [],
  mailsSent: 0,
});

const keyBehind = (world: AliasWorld, rules: AliasRules, target: string): string =>
  target === "" || (target === newTarget && (world.vanished || rules.comesBack)) ? "" : rules.keys[target as Target];

function sightOf(world: AliasWorld, rules: AliasRules, name: string): TargetSight {
  const at = { trustedMs: world.tick * 1000, wallMs: world.tick * 1000, steps: [], reasons: ["not there"] };
  const sound = (names: string[], fingerprint: string): TargetSight =>
    fingerprint === ""
      ? { ...at, verdict: "without-key", names }
      : { ...at, verdict: "sound", names, key: { fingerprint, type: "rsa", bits: 2048, record: "" } };
  if (name === newTarget && rules.comesBack) return sound([newTarget, aliasName, oldTarget], rules.keys[oldTarget]);
  if (name !== aliasName) return sound([name], keyBehind(world, rules, name));
  const [first = "", second = ""] = world.servers;
  if (first !== second) return { ...at, verdict: "unsound", names: [aliasName, first] };
  return sound([aliasName, first], keyBehind(world, rules, first));
}

function controllerMoves(world: AliasWorld, rules: AliasRules): Move[] {
  const sights = new Map<string, TargetSight[]>();
  const policy = smallPolicy({ ttl: rules.ttl, negativeTtl: 1, queue: rules.queue, lease: 0 });
  for (let looks = 0; looks < 5; looks++) {
    const state: AliasState = {
      keyName: "s1._domainkey.example.com",
      aliasName,
      ownZone: "esp.example",
      domain: "example.com",
      facts: world.facts,
      released: rules.released && !world.oldSigns,
      sights,
      trustedMs: world.tick * 1000,
      wallMs: world.tick * 1000,
    };
    const step = nextAliasStep(state, policy, rules.guards);
    const recorded = (kind: string, evidence: object): AliasFact[] => [
      ...world.facts,
      factAt(world.tick, kind, evidence),
    ];
    switch (step.do) {
      case "wait":
        return [];
      case "observe":
        sights.set(step.name, [sightOf(world, rules, step.name)]);
        break;
      case "record":
        return [
          { name: step.finding.kind, world: { ...world, facts: recorded(step.finding.kind, step.finding.evidence) } },
        ];
      case "remove":
        return [{ name: "remove", world: { ...world, zone: "", facts: recorded("removed", { zone: "", serial: 3 }) } }];
      case "move": {
        if (keyBehind(world, rules, step.to) === "")
          return [{ name: "move", violation: "the alias leads to a target without a key" }];
        const evidence = { to: step.to, from: step.from ?? null, zone: "", serial: 2, ttlSeconds: rules.ttl };
        return [{ name: "move", world: { ...world, zone: step.to, facts: recorded("served", evidence) } }];
      }
    }
  }
  return [{ name: "controller", violation: "it looks for ever" }];
}

const isSynced = (world: AliasWorld, index: number): boolean =>
  world.servers[index] === world.zone || (world.regressed && index === 0);

function serverMoves(world: AliasWorld, rules: AliasRules): Move[] {
  const moves: Move[] = world.servers.flatMap((_, index) =>
    isSynced(world, index)
      ? []
      : [{ name: `server ${index} syncs`, world: { ...world, servers: replaced(world.servers, index, world.zone) } }],
  );
  const phase = aliasPhase(world.facts);
  if (rules.regress && !world.regressed && phase === "published" && world.zone === newTarget)
    moves.push({
      name: "server 0 comes back old",
      world: { ...world, servers: replaced(world.servers, 0, oldTarget), regressed: true },
    });
  if (rules.vanish && !world.vanished && currentTarget(world.facts) === oldTarget)
    moves.push({ name: "the new target loses its key", world: { ...world, vanished: true } });
  return moves;
}

/** The upstreams: the old one stops when it likes and says so; each signs while it may. */
function upstreamMoves(world: AliasWorld, rules: AliasRules): Move[] {
  const moves: Move[] = [];
  if (world.oldSigns) {
    const stopped = factAt(world.tick, "stopped", {
      target: oldTarget,
      stoppedAt: world.tick,
      endsTrustedMs: (world.tick + rules.queue) * 1000,
      drainSeconds: rules.queue,
    });
    const facts = rules.released ? world.facts : [...world.facts, stopped];
    moves.push({ name: "the old upstream stops", world: { ...world, oldSigns: false, facts } });
  }
  const newSigns = currentTarget(world.facts) === newTarget && aliasPhase(world.facts) === "settled";
  const signing = [...(world.oldSigns ? [rules.keys[oldTarget]] : []), ...(newSigns ? [rules.keys[newTarget]] : [])];
  if (world.mailsSent < rules.mails)
    for (const key of new Set(signing))
      moves.push({
        name: `mail by ${key}`,
        world: { ...world, mails: [...world.mails, { key, life: rules.queue }], mailsSent: world.mailsSent + 1 },
      });
  return moves;
}

/** One shared resolver, the worst there is: it asks any server at any moment and keeps what it heard for its TTL. */
function lookups(world: AliasWorld, rules: AliasRules): { world: AliasWorld; heard: string }[] {
  if (world.cache.ttl > 0) return [{ world, heard: world.cache.holds }];
  return [...new Set(world.servers)].map((heard) => ({
    heard,
    world: { ...world, cache: { holds: heard, ttl: rules.ttl } },
  }));
}

function mailMoves(world: AliasWorld, rules: AliasRules): Move[] {
  return lookups(world, rules).flatMap(({ world: after, heard }) => [
    ...(world.cache.ttl > 0 ? [] : [{ name: `resolver hears ${heard}`, world: after }]),
    ...world.mails.map((mail, index): Move => {
      const name = `mail by ${mail.key} meets ${heard}`;
      if (keyBehind(world, rules, heard) !== mail.key) return { name, violation: "I-3 a signature does not verify" };
      return { name, world: { ...after, mails: after.mails.filter((_, other) => other !== index) } };
    }),
  ]);
}

function tickMoves(world: AliasWorld, rules: AliasRules): Move[] {
  const overdue =
    world.behind.some((behind, index) => !isSynced(world, index) && behind >= rules.lag) ||
    world.mails.some(({ life }) => life === 0);
  if (overdue) return [];
  const { holds, ttl } = world.cache;
  return [
    {
      name: "tick",
      world: {
        ...world,
        tick: world.tick + 1,
        behind: world.behind.map((behind, index) => (isSynced(world, index) ? 0 : behind + 1)),
        cache: ttl > 1 ? { holds, ttl: ttl - 1 } : { holds: "", ttl: 0 },
        mails: world.mails.map((mail) => ({ ...mail, life: mail.life - 1 })),
      },
    },
  ];
}

/** The same for two worlds that differ only in when things happened, by as much as no wait can tell apart. */
function fingerprint(world: AliasWorld): string {
  const { tick, facts, ...rest } = world;
  const left = (endsMs: number): number => Math.max(-1, endsMs / 1000 - tick);
  const told = facts.map((fact) => {
    switch (fact.kind) {
      case "stopped":
      case "leaving":
        return [fact.kind, left(fact.evidence.endsTrustedMs)];
      case "confirmed":
        return [fact.kind, left(fact.evidence.seenTrustedMs + fact.evidence.waitSeconds * 1000)];
      case "asked":
      case "cancelled":
      case "served":
      case "settled":
      case "removed":
      case "unknown":
        return fact.kind;
    }
  });
  return JSON.stringify([told, rest]);
}

/**
 * Breadth first, so that a violation comes with the shortest way to it. In one line. `moved`: some way ends with the move
 * settled, or a claim that was given up without its record.
 */
export function exploreAliases(
  start: AliasWorld,
  rules: AliasRules,
  statesMax = 60_000,
): { told: string; states: number; moved: boolean } {
  const came = new Map<string, { from: string; by: string } | undefined>([[fingerprint(start), undefined]]);
  let moved = false;
  let frontier = [{ world: start, print: fingerprint(start) }];
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { world, print } of frontier) {
      for (const move of everyMove(world, rules)) {
        if ("violation" in move) {
          const trace = [move.name];
          for (let at = came.get(print); at !== undefined; at = came.get(at.from)) trace.unshift(at.by);
          return { told: `unsafe: ${move.violation}: ${trace.join(" > ")}`, states: came.size, moved };
        }
        const reached = fingerprint(move.world);
        if (came.has(reached)) continue;
        came.set(reached, { from: print, by: move.name });
        moved ||= isDone(move.world, rules);
        next.push({ world: move.world, print: reached });
      }
      if (came.size > statesMax) throw new Error(`more than ${statesMax} states, such as ${print}`);
    }
    frontier = next;
  }
  return { told: "safe", states: came.size, moved };
}

const everyMove = (world: AliasWorld, rules: AliasRules): Move[] => [
  ...controllerMoves(world, rules),
  ...serverMoves(world, rules),
  ...upstreamMoves(world, rules),
  ...mailMoves(world, rules),
  ...tickMoves(world, rules),
];

const isDone = ({ facts }: AliasWorld, rules: AliasRules): boolean =>
  rules.released
    ? currentTarget(facts) === undefined
    : wantedTarget(facts) === undefined && aliasPhase(facts) === "settled";
