import { describe, expect, test } from "vitest";
import { customerKey } from "../server/src/model/delegation-customer-key.ts";
import { nsBranch } from "../server/src/model/delegation-branch.ts";
import { nsDomainkey } from "../server/src/model/delegation-domainkey.ts";
import { ringOf } from "../server/src/model/delegation-ring.ts";
import { cnameSeries } from "../server/src/model/delegation-series.ts";
import { nsSubdomain } from "../server/src/model/delegation-subdomain.ts";
import { thirdPartyDomain } from "../server/src/model/delegation-third-party.ts";
import { txt } from "../server/src/model/delegation-txt.ts";
import type { DelegationMethod } from "../server/src/model/delegation.ts";
import { type KeyFact, readFact } from "../server/src/model/key-fact.ts";
import { guards } from "../server/src/model/rotation-guard.ts";
import { newMove } from "./simulation/rotation-mover.ts";
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

/** A method as it is, but for the stand-by. */
const alone = (method: DelegationMethod): DelegationMethod => ({ ...method, standby: false });

/** `customer-key` whose record the customer keeps. */
const keptKey = { ...customerKey, keeper: "customer" as const };
const brief = { ttl: 1, negativeTtl: 1, lag: 1, queue: 1 };
const smallRing = { ...brief, method: ringOf(2) };
const briefPolicy = smallPolicy({ ...brief, lease: 0 });

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
    closedUntil: 0,
    operator: "nothing",
    registered: true,
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
    meddled: false,
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

const releasedOf = (rules: WorldRules): World => worldOf(rules, { claim: "released" });
/** A series: the customer published the first name and some of the later ones, here all but the second. */
function seriesWorldOf(rules: WorldRules): World {
  const empty = ["", "k1", ""];
  return worldOf(rules, {
    zone: empty,
    servers: Array.from({ length: rules.servers }, () => empty),
    caches: empty.map(() => ({ holds: "", ttl: 0 })),
    vanished: [false, false, true],
  });
}

/** A series at its end: one name was used before and is free of every trace, the later ones are not published. */
function endedSeriesOf(rules: WorldRules): World {
  const gone = [...draining(rules.ttl, 0), fact("withdrawing"), fact("absent"), fact("withdrawn")];
  const world = seriesWorldOf(rules);
  return {
    ...world,
    keys: [keyOf(rules.method, "k0", 2, "r00", gone), ...world.keys],
    rotations: [{ id: "r00", reason: "standby", requestedAt: 0 }, ...world.rotations],
    vanished: [false, false, false, true, true, true],
  };
}

const series: Partial<WorldRules> = {
  method: { ...cnameSeries, standby: false },
  names: [1, 2, 3, 4, 5],
  lag: 1,
  queue: 1,
};

/** A domain just added: its first key is made, nothing is proven, and nobody signs yet. */
function newTxtOf(rules: WorldRules): World {
  const zone = ["", ""];
  return worldOf(rules, {
    keys: [keyOf(rules.method, "k1", 1, "r0", [fact("generated", { selfTested: true })])],
    rotations: [{ id: "r0", reason: "first", requestedAt: 0 }],
    unproven: true,
    zone,
    servers: Array.from({ length: rules.servers }, () => zone),
    signers: [{ key: "", behind: 0 }],
  });
}

const brought = (how: "shared" | "hosted", facts: readonly KeyFact[]): KeyFact[] =>
  facts.map((one) => (one.kind === "generated" ? fact("generated", { selfTested: true, brought: how }) : one));

/** k1 was brought and signs, here and elsewhere; its successor was brought too. */
function broughtWorldOf(rules: WorldRules): World {
  const next = keyOf(rules.method, "k2", 2, "r1", brought("shared", [fact("generated")]));
  const zone = ["", "k1", ""];
  return worldOf(rules, {
    keys: [keyOf(rules.method, "k1", 1, "r0", brought("shared", active(rules.ttl))), next],
    rotations: [
      { id: "r0", reason: "imported", requestedAt: 0 },
      { id: "r1", reason: "imported", requestedAt: 0 },
    ],
    zone,
    servers: Array.from({ length: rules.servers }, () => zone),
    caches: zone.map(() => ({ holds: "", ttl: 0 })),
    vanished: zone.map(() => false),
  });
}

/** Of h1 only the public half is here; others sign with it. Nobody asks for anything. */
function hostedWorldOf(rules: WorldRules): World {
  const zone = ["", "k1", "h1"];
  return worldOf(rules, {
    keys: [
      keyOf(rules.method, "k1", 1, "r0", brought("shared", active(rules.ttl))),
      keyOf(rules.method, "h1", 2, "r1", brought("hosted", ready(rules.ttl))),
    ],
    rotations: [
      { id: "r0", reason: "imported", requestedAt: 0 },
      { id: "r1", reason: "hosted", requestedAt: 0 },
    ],
    zone,
    servers: Array.from({ length: rules.servers }, () => zone),
    caches: zone.map(() => ({ holds: "", ttl: 0 })),
    vanished: zone.map(() => false),
  });
}

/** Withdrawn keys are disclosed: k1 is withdrawn after the rotation. */
const disclosingOf = (rules: WorldRules): World => worldOf(rules, { servedAt: [0, 0] });

/** The same, and under another name stands a record of the very same key. */
function twinWorldOf(rules: WorldRules): World {
  const zone = ["", "k1", "k1"];
  const twin = { ...keyOf(rules.method, "twin", 2, "r00", ready(rules.ttl)), role: "second" as const };
  const [first] = worldOf(rules).keys;
  const chain = { aliases: [], record: { ...first!.chain.record, name: "s2" } };
  return worldOf(rules, {
    keys: [first!, { ...twin, chain }],
    zone,
    servers: Array.from({ length: rules.servers }, () => zone),
    caches: zone.map(() => ({ holds: "", ttl: 0 })),
    vanished: zone.map(() => false),
    servedAt: [0, 0, 0],
  });
}

/** A backup was restored: DNS has a key in the next name that nothing here knows, and mail signed with it is on its way. */
function restoredWorldOf(rules: WorldRules): World {
  const zone = ["", "k1", "forgotten"];
  return worldOf(rules, {
    zone,
    servers: Array.from({ length: rules.servers }, () => zone),
    caches: zone.map(() => ({ holds: "", ttl: 0 })),
    vanished: zone.map(() => false),
    mails: [{ slot: 2, key: "forgotten", life: rules.queue }],
  });
}

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
    ["ns-branch", { method: alone(nsBranch) }, worldOf],
    ["ns-subdomain", { method: alone(nsSubdomain) }, worldOf],
    ["ns-domainkey", { method: alone(nsDomainkey) }, worldOf],
    ["third-party-domain", { method: alone(thirdPartyDomain) }, worldOf],
    ["a claim that is suspended and in force again", { suspends: true, lag: 1, servers: 1 }, worldOf],
    ["a claim that is suspended, in a ring of two", { suspends: true, lag: 1, servers: 1, method: ringOf(2) }, worldOf],
    ["S27 a claim that is released while its key signs", {}, releasedOf],
    ["a ring of two, the other name draining", { method: ringOf(2) }, ringWorldOf],
    ["a ring of two, TTL 3", { method: ringOf(2), ttl: 3, lag: 1 }, ringWorldOf],
    ["txt: a customer who publishes when it likes, a mistake first", { method: txt }, worldOf],
    ["txt: the TTL of the mistake longer than the negative", { method: txt, ttl: 4, negativeTtl: 1 }, worldOf],
    ["txt: from adding the domain on", { method: txt }, newTxtOf],
    ["customer-key in our zone, others sign too", { method: customerKey, othersSign: true }, broughtWorldOf],
    ["customer-key in the customer's zone", { method: keptKey, othersSign: true }, broughtWorldOf],
    [
      "customer-key, one key hosted",
      { method: customerKey, othersSign: true, lag: 1, ttl: 1, negativeTtl: 1 },
      hostedWorldOf,
    ],
    ["a ring of three with a stand-by", { method: ringOf(3), ttl: 1, negativeTtl: 1, lag: 1, queue: 1 }, fullRingOf],
    ["a move from a ring to new names", moving, moveWorldOf],
    ["a move that may be given up", { ...moving, aborts: true }, moveWorldOf],
    ["a move to a delegation that hides the old names", { ...moving, hides: true }, moveWorldOf],
    ["a move with two signers and a lease", { ...moving, lease: 1 }, moveWorldOf],
    ["a move from new names to a ring", { ...moving, method: fresh, moveTo: ringAbove }, moveWorldOf],
    ["a series, its second name not published", series, seriesWorldOf],
    ["I-20 a series of which no published name is left", series, endedSeriesOf],
    ["a new name, any key revoked at any moment", { ...brief, operator: "revokes" }, worldOf],
    ["a ring of two, any key revoked at any moment", { ...smallRing, mails: 0, operator: "revokes" }, ringWorldOf],
    ["a new name, gone back from at any moment", { operator: "recalls" }, worldOf],
    ["a ring of two, gone back in at any moment", { ...smallRing, operator: "recalls" }, ringWorldOf],
    ["a new name, called off at any moment", { operator: "aborts" }, worldOf],
    ["a ring of two, called off at any moment", { ...smallRing, operator: "aborts" }, ringWorldOf],
    ["a name that a restored backup has forgotten", brief, restoredWorldOf],
  ])("%s", (_, changes, startOf) => {
    const rules = rulesOf(changes);
    expect(told(startOf(rules), rules)).toBe("safe");
  });
});

/** For each guard a world in which its loss shows. The same world is safe with all guards in place. */
const worldsThatNeed: Record<string, [Partial<WorldRules>, (rules: WorldRules) => World]> = {
  "claim-proven": [{ method: txt }, newTxtOf],
  declared: [{ method: customerKey, othersSign: true }, broughtWorldOf],
  "name-free": [{ method: ringOf(2) }, ringWorldOf],
  "used-once": [series, endedSeriesOf],
  "name-published": [series, seriesWorldOf],
  "name-looked-at": [brief, restoredWorldOf],
  "self-tested": [{ brokenPairs: true }, worldOf],
  "seen-everywhere": [{}, worldOf],
  "visibility-wait": [{}, worldOf],
  "seen-after-wait": [{ vanish: "upcoming" }, worldOf],
  "change-window": [{ closedUntil: 9 }, worldOf],
  "fresh-sight": [{ vanish: "upcoming" }, worldOf],
  "few-drains": [{ method: ringOf(3), ttl: 1, negativeTtl: 1, lag: 1, queue: 1 }, fullRingOf],
  "drain-wait": [{}, worldOf],
  "successor-seen": [{ ...brief, vanish: "active", mails: 0 }, worldOf],
  "revoked-everywhere": [{ ...brief, mails: 0, operator: "revokes" }, worldOf],
  "revoked-kept": [
    { ...brief, mails: 0, operator: "revokes", policy: { ...briefPolicy, revokedRecordSeconds: 3 } },
    worldOf,
  ],
  // One signer is cut off and goes on with the old key until its own lease ends, of which the policy knows nothing.
  "signers-stopped": [
    { lease: 3, queue: 1, lag: 1, policy: smallPolicy({ ttl: 2, negativeTtl: 2, queue: 1, lease: 0 }) },
    worldOf,
  ],
  "gone-everywhere": [{}, worldOf],
  "settle-wait": [{}, worldOf],
  "gone-after-wait": [{ regress: true }, worldOf],
  forgotten: [{ stale: 2, lag: 1, mails: 0 }, disclosingOf],
  "gone-before-disclosure": [{ stale: 1, lag: 1, mails: 0, regress: true }, disclosingOf],
  "no-other-name": [{ stale: 1, lag: 1, mails: 0 }, (rules) => twinWorldOf(rules)],
  "destroy-wait": [{ ...brief, policy: { ...briefPolicy, destroyAfterSeconds: 2 } }, worldOf],
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
    [
      "signers that nobody told of, with a lease the policy does not know",
      policyWith({ lease: 2, registered: false }, { signerLeaseSeconds: 0 }),
      worldOf,
    ],
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

  test("I-2 a key that comes back after a suspension waits for caches of its `p=`, not for negative answers alone", () => {
    const rules = rulesOf({ suspends: true, lag: 1, servers: 1, ttl: 3, negativeTtl: 1 });
    expect(told(worldOf(rules), rules)).toBe("safe");
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
