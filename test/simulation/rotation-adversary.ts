import { phaseOf } from "../../server/src/model/key/key-phase.ts";
import { type KeyFinding, readFact } from "../../server/src/model/key/key-fact.ts";
import { isRevoked, residualWindow } from "../../server/src/model/key/key-revocation.ts";
import {
  broughtAs,
  isKeptByCustomer,
  type ManagedKey,
  pendingRotation,
} from "../../server/src/model/rotation/rotation-state.ts";
import { moveLater, moverMoves } from "./rotation-mover.ts";
import {
  type Content,
  isOfStream,
  isVisible,
  type Move,
  nothing,
  replaced,
  seen,
  streamOfSigner,
  type World,
  type WorldRules,
} from "./rotation-world.ts";

const equal = (a: readonly Content[], b: readonly Content[]): boolean =>
  a.every((content, index) => content === b[index]);
/** What a signer reads: of a claim that is not in force, that it may not sign. */
function activeId(world: World, stream: string): Content {
  if (world.claim === "suspended" || world.claim === "released") return nothing;
  return world.keys.find((key) => isOfStream(key, stream) && phaseOf(key.facts) === "active")?.id ?? nothing;
}
const keyIn = (world: World, id: Content): ManagedKey | undefined => world.keys.find((key) => key.id === id);

/** Everything but the controller: servers, customer, resolver, signers, mail, time. */
export const adversaryMoves = (world: World, rules: WorldRules): Move[] => [
  ...serverMoves(world, rules),
  ...resolverMoves(world, rules),
  ...signerMoves(world, rules),
  ...deliveries(world, rules),
  ...operatorMoves(world, rules),
  ...tickMoves(world, rules),
  ...claimMoves(world, rules),
  ...customerMoves(world, rules),
  ...moverMoves(world, rules).map(checked),
];

/** A customer who proves its claim, keeps the records, or signs elsewhere with the key it brought: each when it likes, or never. */
function customerMoves(world: World, rules: WorldRules): Move[] {
  const moves: Move[] = [];
  if (world.unproven === true) moves.push({ name: "customer proves the claim", world: { ...world, unproven: false } });
  for (const key of world.keys) {
    if (rules.alias !== undefined && world.vanished[key.slot] === true) {
      const vanished = replaced(world.vanished, key.slot, false);
      moves.push({ name: `customer publishes the alias of ${key.id}`, world: { ...world, vanished } });
    }
    const phase = phaseOf(key.facts);
    const holds = world.zone[key.slot];
    const puts = (content: Content): World => ({ ...world, zone: replaced(world.zone, key.slot, content) });
    if (isKeptByCustomer(key) && phase === "publishing" && holds !== key.id) {
      moves.push({ name: `customer publishes ${key.id}`, world: puts(key.id) });
      if (world.mistaken !== true)
        moves.push({ name: `customer errs at ${key.id}`, world: { ...puts("wrong"), mistaken: true } });
    }
    if (isKeptByCustomer(key) && phase === "withdrawing" && holds === key.id)
      moves.push({ name: `customer removes ${key.id}`, world: puts(nothing) });
    if (rules.othersSign !== true || broughtAs(key) === undefined) continue;
    // Whether it was ever published is theirs to see, as it is ours.
    const kinds = key.facts.map(({ kind }) => kind);
    if (kinds.includes("declared") || !kinds.includes("ready")) continue;
    moves.push(...othersMoves(world, rules, key));
  }
  return moves;
}

function othersMoves(world: World, rules: WorldRules, key: ManagedKey): Move[] {
  const moves: Move[] = [];
  if (world.mailsSent < rules.mails) {
    const mails = [...world.mails, { slot: key.slot, key: key.id, life: rules.queue }];
    moves.push({ name: `others sign with ${key.id}`, world: { ...world, mails, mailsSent: world.mailsSent + 1 } });
  }
  const now = { at: world.tick, trustedMs: world.tick * 1000 };
  const evidence = { lastUseTrustedMs: now.trustedMs, drainSeconds: rules.queue };
  const facts = ["deactivated", "declared"]
    .filter((kind) => kind === "declared" || broughtAs(key) === "hosted")
    .map((kind) => readFact({ kind, evidence, ...now }));
  if (phaseOf(key.facts) === "active") return moves; // we sign with it ourselves: its successor comes first
  const keys = world.keys.map((other) => (other === key ? { ...key, facts: [...key.facts, ...facts] } : other));
  return [...moves, { name: `customer declares ${key.id} unused`, world: { ...world, keys } }];
}

/** With the claim every signer stops, and mail that is under way is meant to fail. */
function claimMoves(world: World, rules: WorldRules): Move[] {
  if (rules.suspends !== true || world.claim === "reinstated" || world.claim === "released") return [];
  if (world.claim === "suspended") return [{ name: "claim reinstated", world: { ...world, claim: "reinstated" } }];
  const signers = world.signers.map(() => ({ key: nothing, behind: 0 }));
  return [{ name: "claim suspended", world: { ...world, claim: "suspended", signers, mails: [] } }];
}

function serverMoves(world: World, rules: WorldRules): Move[] {
  const result: Move[] = [];
  world.servers.forEach((server, index) => {
    if (equal(server, world.zone) || (world.regressed && index === 0)) return;
    const servers = replaced(world.servers, index, world.zone);
    result.push(
      checked({
        name: `server ${index} syncs`,
        world: noted({ ...world, servers, behind: replaced(world.behind, index, 0) }, world),
      }),
    );
  });
  for (const key of world.keys) {
    const phase = phaseOf(key.facts);
    const upcoming = phase === "published" || phase === "ready";
    const oldDrains = world.keys.some(({ id, facts }) => id === "k1" && phaseOf(facts) === "draining");
    const may = rules.vanish === "upcoming" ? upcoming : rules.vanish === "active" && phase === "active" && oldDrains;
    if (may && world.vanished[key.slot] !== true && (rules.vanish !== "active" || !world.vanished.some(Boolean))) {
      result.push({
        name: `customer removes ${key.id}`,
        world: { ...world, vanished: replaced(world.vanished, key.slot, true) },
      });
    }
    const comesBack = rules.stale === undefined ? "withdrawing" : "withdrawn";
    if (rules.regress && !world.regressed && phase === comesBack) {
      const old = replaced(world.servers[0] ?? [], key.slot, key.id);
      result.push({
        name: "server 0 comes back old",
        world: { ...world, servers: replaced(world.servers, 0, old), regressed: true },
      });
    }
  }
  return result;
}

/** Where keys are disclosed: remembers when a server last had k1, up to this moment. */
function noted(world: World, before: World): World {
  if (world.servedAt === undefined) return world;
  const had = before.servers.some((server) => server.includes("k1"));
  return had ? { ...world, servedAt: world.servedAt.map(() => world.tick) } : world;
}

/** I-6: with an active key, some key is there for every receiver, at every server. */
function checked(move: Move): Move {
  if ("violation" in move) return move;
  const { world } = move;
  const usable = world.keys.filter((key) => ["active", "draining"].includes(phaseOf(key.facts)));
  const anyVanished = world.vanished.some(Boolean);
  if (anyVanished && !usable.some((key) => isVisible(world, key)))
    return { name: move.name, violation: "I-6 no usable key is left" };
  return move;
}

const revocable: ReadonlySet<string> = new Set(["publishing", "published", "ready", "active", "draining"]);

/** A person who acts once, at the worst moment. What was signed with a revoked key is lost: that is what revoking is for. */
function operatorMoves(world: World, rules: WorldRules): Move[] {
  if (world.meddled || rules.operator === "nothing") return [];
  if (rules.operator === "aborts") {
    const unmoved = { signers: [], method: rules.method, move: undefined };
    const pending = pendingRotation({ ...world, ...unseen, ...unmoved }, "primary");
    const abortedTrustedMs = world.tick * 1000;
    const rotations = world.rotations.map((one) => (one === pending ? { ...one, abortedTrustedMs } : one));
    return pending === undefined
      ? []
      : [{ name: `abort ${pending.id}`, world: { ...world, rotations, meddled: true } }];
  }
  const finding: KeyFinding =
    rules.operator === "revokes"
      ? { kind: "revoking", evidence: { reason: "it leaked" } }
      : { kind: "recalled", evidence: { reason: "asked for" } };
  const may = (key: ManagedKey): boolean => {
    const phase = phaseOf(key.facts);
    return rules.operator === "revokes" ? revocable.has(phase) : phase === "draining";
  };
  return world.keys.filter(may).map((chosen) => {
    const fact = readFact({ ...finding, at: world.tick, trustedMs: world.tick * 1000 });
    const keys = world.keys.map((key) => (key === chosen ? { ...key, facts: [...key.facts, fact] } : key));
    const mails = rules.operator === "revokes" ? world.mails.filter(({ key }) => key !== chosen.id) : world.mails;
    const signers = world.signers.map((signer) =>
      rules.operator === "revokes" && signer.key === chosen.id ? { key: nothing, behind: 0 } : signer,
    );
    return { name: `${finding.kind} ${chosen.id}`, world: { ...world, keys, mails, signers, meddled: true } };
  });
}

const unseen = {
  algorithms: ["rsa-sha256" as const],
  released: false,
  rounds: new Map(),
  trustedMs: 0,
  wallMs: 0,
};

/** One shared resolver, the worst there is: it may ask any server at any moment and keeps what it heard for its TTL. */
function lookups(world: World, rules: WorldRules, slot: number): { world: World; heard: Content }[] {
  const cache = world.caches[slot];
  if (cache === undefined) return [{ world, heard: nothing }];
  if (cache.ttl > 0) return [{ world, heard: cache.holds }];
  const { alias } = rules;
  const answers = new Set(world.servers.map((server) => seen(world, server, slot, alias?.before)));
  const source = alias !== undefined && world.vanished[slot] === true ? alias : rules;
  return [...answers].flatMap((heard) => {
    const ttl = heard === nothing ? source.negativeTtl : source.ttl;
    const kept = rules.servesStale && heard !== nothing ? [ttl, ttl + (rules.stale ?? 0)] : [ttl];
    return kept.map((left) => ({
      heard,
      world: { ...world, caches: replaced(world.caches, slot, { holds: heard, ttl: left }) },
    }));
  });
}

/** Nobody is asked about a name that never takes another key than the revoked one it had: whatever is heard there fails, as it should. */
const isOver = ({ keys }: World, slot: number): boolean =>
  keys.some((key) => key.slot === slot && key.method.slots(key.role) === undefined && isRevoked(key));

const resolverMoves = (world: World, rules: WorldRules): Move[] =>
  world.caches.flatMap((cache, slot) =>
    cache.ttl > 0 || slot === 0 || (isOver(world, slot) && rules.servesStale !== true)
      ? []
      : lookups(world, rules, slot).map(({ world: after, heard }) => ({
          name: `resolver hears ${heard} for s${slot}`,
          world: after,
        })),
  );

function signerMoves(world: World, rules: WorldRules): Move[] {
  const result: Move[] = [];
  world.signers.forEach((signer, index) => {
    const active = activeId(world, streamOfSigner(rules, index));
    if (signer.key !== active) {
      result.push({
        name: `signer ${index} reads`,
        world: { ...world, signers: replaced(world.signers, index, { key: active, behind: 0 }) },
      });
    }
    const key = keyIn(world, signer.key);
    const asBefore = world.signers.slice(0, index).some((other) => other.key === signer.key);
    if (world.mailsSent >= rules.mails || key === undefined || asBefore) return;
    const mails = [...world.mails, { slot: key.slot, key: key.id, life: rules.queue }];
    result.push({ name: `mail by ${key.id}`, world: { ...world, mails, mailsSent: world.mailsSent + 1 } });
  });
  return result;
}

const deliveries = (world: World, rules: WorldRules): Move[] =>
  world.mails.flatMap((mail, index) =>
    lookups(world, rules, mail.slot).map(({ world: after, heard }): Move => {
      const name = `mail by ${mail.key} meets ${heard}`;
      const broken = rules.brokenPairs && mail.key.startsWith("new");
      if (heard !== mail.key || broken) return { name, violation: "I-3 a signature does not verify" };
      return { name, world: { ...after, mails: after.mails.filter((_, other) => other !== index) } };
    }),
  );

/** Whether a revoked key can still be had from a resolver when all that was promised has passed. */
function lingers(world: World, { policy }: WorldRules, key: ManagedKey): boolean {
  const { endsMs } = residualWindow(key, policy);
  return world.caches[key.slot]?.holds === key.id && endsMs !== undefined && world.tick * 1000 >= endsMs;
}

/** Time passes, unless a bound says that something has to happen first. */
function tickMoves(world: World, rules: WorldRules): Move[] {
  const synced = (index: number): boolean =>
    equal(world.servers[index] ?? [], world.zone) || (world.regressed && index === 0);
  const active = world.signers.map((_, index) => activeId(world, streamOfSigner(rules, index)));
  const overdue =
    world.behind.some((behind, index) => !synced(index) && behind >= rules.lag) ||
    world.mails.some(({ life }) => life === 0) ||
    world.signers.some((signer, index) => signer.key !== active[index] && signer.behind >= rules.lease);
  if (overdue) return [];
  const late = rules.servesStale === true ? world.keys.find((key) => lingers(world, rules, key)) : undefined;
  if (late !== undefined)
    return [{ name: "tick", violation: `I-17 a resolver has ${late.id} for longer than was said at its revocation` }];
  return [
    {
      name: "tick",
      world: noted(
        {
          ...world,
          tick: world.tick + 1,
          caches: world.caches.map(({ holds, ttl }) =>
            ttl > 1 ? { holds, ttl: ttl - 1 } : { holds: nothing, ttl: 0 },
          ),
          behind: world.behind.map((behind, index) => (synced(index) ? 0 : behind + 1)),
          signers: world.signers.map((signer, index) =>
            signer.key === active[index] ? { ...signer, behind: 0 } : { ...signer, behind: signer.behind + 1 },
          ),
          mails: world.mails.map((mail) => ({ ...mail, life: mail.life - 1 })),
          ...(world.move && { move: moveLater(world.move) }),
        },
        world,
      ),
    },
  ];
}
