import { describe, expect, test } from "vitest";
import { nsBranch } from "../server/src/model/delegation-branch.ts";
import { ringOf } from "../server/src/model/delegation-ring.ts";
import type { DelegationMethod } from "../server/src/model/delegation.ts";
import { readFact } from "../server/src/model/key-fact.ts";
import { guards } from "../server/src/model/rotation-guard.ts";
import { newMove } from "./simulation/rotation-customer.ts";
import { explore } from "./simulation/rotation-explore.ts";
import { keyOf, smallPolicy, type World, type WorldRules } from "./simulation/rotation-world.ts";

const fact = (kind: string, evidence: object = {}) => readFact({ kind, at: 0, trustedMs: 0, evidence });
const served = (ttl: number) => fact("publishing", { zone: "example.com", serial: 1, recordTtlSeconds: ttl });
const confirmed = fact("confirmed", { seenTrustedMs: 0, waitSeconds: 0, history: "new", steps: [] });
const ready = (ttl: number) => [fact("generated", { selfTested: true }), served(ttl), confirmed, fact("ready")];
const active = (ttl: number) => [...ready(ttl), fact("activated", { serves: "r0" })];
const draining = (ttl: number, drainSeconds: number) => [
  ...active(ttl),
  fact("deactivated", { lastUseTrustedMs: 0, drainSeconds }),
];

/** A new name for every key; no stand-by, so that exactly one rotation happens. */
const fresh = { ...nsBranch, standby: false, history: () => "new" as const };

function rulesOf(changes: Partial<WorldRules> = {}): WorldRules {
  const sizes = { ttl: 2, negativeTtl: 2, queue: 2, lease: 0, ...changes };
  return {
    method: fresh,
    servers: 2,
    lag: 2,
    mails: 1,
    guards,
    asks: "all",
    vanish: "never",
    regress: false,
    freeMeansForgotten: true,
    brokenPairs: false,
    policy: smallPolicy(sizes),
    ...sizes,
  };
}

/** k1 signs in the first slot; a rotation has been asked for. */
function worldOf(rules: WorldRules, extra: Partial<World> = {}): World {
  const zone = ["", "k1"];
  return {
    tick: 0,
    keys: [keyOf(rules.method, "k1", 1, "r0", active(rules.ttl))],
    rotations: [
      { id: "r0", reason: "first", requestedAt: 0 },
      { id: "r1", reason: "requested", requestedAt: 0 },
    ],
    zone,
    servers: Array.from({ length: rules.servers }, () => zone),
    behind: Array<number>(rules.servers).fill(0),
    caches: zone.map(() => ({ holds: "", ttl: 0 })),
    vanished: zone.map(() => false),
    regressed: false,
    signers: Array.from({ length: rules.lease > 0 ? 2 : 1 }, () => ({ key: "k1", behind: 0 })),
    mails: [],
    mailsSent: 0,
    ...extra,
  };
}

/** The same in a ring of two: the other name still drains an older key, of which a message is on its way. */
function ringWorldOf(rules: WorldRules): World {
  const zone = ["", "k1", "k0"];
  return worldOf(rules, {
    keys: [
      keyOf(rules.method, "k0", 2, "r00", draining(rules.ttl, rules.queue)),
      keyOf(rules.method, "k1", 1, "r0", active(rules.ttl)),
    ],
    rotations: [
      { id: "r00", reason: "standby", requestedAt: 0 },
      { id: "r0", reason: "first", requestedAt: 0 },
      { id: "r1", reason: "requested", requestedAt: 0 },
    ],
    zone,
    servers: Array.from({ length: rules.servers }, () => zone),
    caches: zone.map(() => ({ holds: "", ttl: 0 })),
    vanished: zone.map(() => false),
    mails: [{ slot: 2, key: "k0", life: rules.queue }],
  });
}

/** A ring of three as it should stand: one signs, one drains, one is ready; and a rotation is asked for. */
function fullRingOf(rules: WorldRules): World {
  const zone = ["", "k1", "k0", "k2"];
  const two = ringWorldOf(rules);
  return {
    ...two,
    keys: [...two.keys, keyOf(rules.method, "k2", 3, "r000", ready(rules.ttl))],
    rotations: [{ id: "r000", reason: "standby", requestedAt: 0 }, ...two.rotations],
    zone,
    servers: Array.from({ length: rules.servers }, () => zone),
    caches: zone.map(() => ({ holds: "", ttl: 0 })),
    vanished: zone.map(() => false),
  };
}

/**
 * k1 signs under a method with fixed names, of which k0 stands by; the claim is to move to one that makes new names, or the other way round.
 * No rotation is asked for: the switch is the move's own.
 */
function moveWorldOf(rules: WorldRules): World {
  const zone = ["", "k1", ...(rules.method.standby ? ["k0"] : [])];
  const standby = rules.method.standby ? [keyOf(rules.method, "k0", 2, "r00", ready(rules.ttl))] : [];
  return {
    ...worldOf(rules, {
      keys: [keyOf(rules.method, "k1", 1, "r0", active(rules.ttl)), ...standby],
      rotations: [
        { id: "r00", reason: "standby", requestedAt: 0 },
        { id: "r0", reason: "first", requestedAt: 0 },
      ],
      zone,
      servers: Array.from({ length: rules.servers }, () => zone),
      caches: zone.map(() => ({ holds: "", ttl: 0 })),
      vanished: zone.map(() => false),
    }),
    move: newMove,
  };
}
const ringWithStandby = { ...ringOf(2), standby: true };
/** Its slots are no others' in the small world, where a slot is a name. */
const ringAbove: DelegationMethod = { ...ringOf(2), slots: () => [5, 6], standby: false };
const moving: Partial<WorldRules> = {
  method: ringWithStandby,
  moveTo: fresh,
  lag: 1,
  ttl: 1,
  negativeTtl: 1,
  queue: 1,
};

/** In one line, so that a failing test shows the way to the violation. */
function told(start: World, rules: WorldRules): string {
  const exploration = explore(start, rules);
  return exploration.verdict === "safe" ? "safe" : `unsafe: ${exploration.violation}: ${exploration.trace.join(" > ")}`;
}

describe("every state that an adversary can reach is safe (I-1 to I-6)", () => {
  test.each<[string, Partial<WorldRules>, (rules: WorldRules) => World]>([
    ["a new name", {}, worldOf],
    ["a new name, the positive TTL longer than the negative", { ttl: 4 }, worldOf],
    ["a new name, the negative TTL longer than the positive", { negativeTtl: 3 }, worldOf],
    ["a new name, three servers", { servers: 3, lag: 1 }, worldOf],
    ["a new name, two signers with a lease", { lease: 2 }, worldOf],
    ["a new name, two messages", { mails: 2, queue: 1 }, worldOf],
    ["a ring of two, the other name draining", { method: ringOf(2) }, ringWorldOf],
    ["a ring of two, TTL 3", { method: ringOf(2), ttl: 3, lag: 1 }, ringWorldOf],
    ["a ring of three with a stand-by", { method: ringOf(3), ttl: 1, negativeTtl: 1, lag: 1, queue: 1 }, fullRingOf],
    ["a move from a ring to new names", { ...moving, ttl: 2, negativeTtl: 2 }, moveWorldOf],
    ["a move that may be given up", { ...moving, aborts: true }, moveWorldOf],
    ["a move to a delegation that hides the old names", { ...moving, hides: true }, moveWorldOf],
    ["a move with two signers and a lease", { ...moving, lease: 1 }, moveWorldOf],
    ["a move from new names to a ring", { ...moving, method: fresh, moveTo: ringAbove }, moveWorldOf],
  ])("%s", (_, changes, startOf) => {
    const rules = rulesOf(changes);
    expect(told(startOf(rules), rules)).toBe("safe");
  });
});

/** For each guard a world in which its loss shows. The same world is safe with all guards in place. */
const worldsThatNeed: Record<string, [Partial<WorldRules>, (rules: WorldRules) => World]> = {
  "name-free": [{ method: ringOf(2) }, ringWorldOf],
  "self-tested": [{ brokenPairs: true }, worldOf],
  "seen-everywhere": [{}, worldOf],
  "visibility-wait": [{}, worldOf],
  "seen-after-wait": [{ vanish: "upcoming" }, worldOf],
  "fresh-sight": [{ vanish: "upcoming" }, worldOf],
  "few-drains": [{ method: ringOf(3), ttl: 1, negativeTtl: 1, lag: 1, queue: 1 }, fullRingOf],
  "drain-wait": [{}, worldOf],
  "successor-seen": [{ vanish: "active", mails: 0 }, worldOf],
  "gone-everywhere": [{}, worldOf],
  "settle-wait": [{}, worldOf],
  "gone-after-wait": [{ regress: true }, worldOf],
  "destroy-wait": [
    { policy: { ...smallPolicy({ ttl: 2, negativeTtl: 2, queue: 2, lease: 0 }), destroyAfterSeconds: 2 } },
    worldOf,
  ],
  "nothing-hidden": [{ ...moving, hides: true }, moveWorldOf],
  "left-keys-gone": [moving, moveWorldOf],
};

describe("every guard is needed", () => {
  test("there is a world for each", () => {
    expect(Object.keys(worldsThatNeed).sort()).toEqual(guards.map(({ name }) => name).sort());
  });

  test.each(Object.entries(worldsThatNeed))(
    "without %s an invariant of the world breaks; with it none does",
    (name, [changes, startOf]) => {
      const rules = rulesOf(changes);
      const without = { ...rules, guards: guards.filter((guard) => guard.name !== name) };
      expect(told(startOf(rules), rules)).toBe("safe");
      expect(told(startOf(without), without)).toMatch(/^unsafe/);
    },
  );
});

describe("every duration is needed, to the tick", () => {
  const policyWith = (changes: Partial<WorldRules>, policy: Partial<WorldRules["policy"]>): WorldRules => {
    const rules = rulesOf(changes);
    return { ...rules, policy: { ...rules.policy, ...policy } };
  };
  test.each<[string, WorldRules, (rules: WorldRules) => World]>([
    ["an observer that believes one server", rulesOf({ asks: "one" }), worldOf],
    ["a drain one tick short", policyWith({}, { relayOwnQueueSeconds: 1, milterOwnQueueSeconds: 1 }), worldOf],
    ["signers with a lease the policy does not know", policyWith({ lease: 2 }, { signerLeaseSeconds: 0 }), worldOf],
  ])("%s breaks mail", (_, rules, startOf) => {
    expect(told(startOf(rules), rules)).toMatch(/^unsafe/);
  });

  test("a ring whose names are taken unsettled holds by waiting for old values, and not by waiting for negative answers", () => {
    const hasty = guards.filter(({ name }) => name !== "settle-wait" && name !== "gone-after-wait");
    const rules = rulesOf({ method: ringOf(2), ttl: 3, negativeTtl: 1, guards: hasty, freeMeansForgotten: false });
    const onlyNegative = { ...rules, method: { ...ringOf(2), history: () => "new" as const } };
    expect(told(ringWorldOf(rules), rules)).toBe("safe");
    expect(told(ringWorldOf(onlyNegative), onlyNegative)).toMatch(/^unsafe: I-3/);
  });

  test("a drain that ends when exactly its time has passed breaks mail of the last tick", () => {
    const rules = rulesOf();
    const atEquality: WorldRules = {
      ...rules,
      guards: guards.map((guard) =>
        guard.name === "drain-wait"
          ? {
              ...guard,
              block: (moment) =>
                guard.block({ ...moment, state: { ...moment.state, trustedMs: moment.state.trustedMs + 1 } }),
            }
          : guard,
      ),
    };
    expect(told(worldOf(rules), rules)).toBe("safe");
    expect(told(worldOf(atEquality), atEquality)).toMatch(/^unsafe/);
  });
});
