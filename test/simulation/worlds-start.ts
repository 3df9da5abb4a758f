// The worlds from which an exploration starts, and the rules that a world plays by unless it says otherwise.
import { customerKey } from "../../server/src/model/delegation/delegation-customer-key.ts";
import { nsBranch } from "../../server/src/model/delegation/delegation-branch.ts";
import { ringOf } from "../../server/src/model/delegation/delegation-ring.ts";
import { txt } from "../../server/src/model/delegation/delegation-txt.ts";
import { cnameSeries } from "../../server/src/model/delegation/delegation-series.ts";
import type { DelegationMethod } from "../../server/src/model/delegation/delegation.ts";
import { type KeyFact, readFact } from "../../server/src/model/key/key-fact.ts";
import { guards } from "../../server/src/model/rotation/rotation-guard.ts";
import { newMove } from "./rotation-mover.ts";
import { keyOf, secondStream, smallPolicy, type World, type WorldRules } from "./rotation-world.ts";

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
export const fresh = { ...nsBranch, standby: false, history: () => "new" as const };

/** The same, where names may have led elsewhere before. */
export const changed = { ...fresh, history: () => "changed" as const };

/** A method as it is, but for the stand-by. */
export const alone = (method: DelegationMethod): DelegationMethod => ({ ...method, standby: false });

/** `customer-key` whose record the customer keeps. */
export const keptKey = { ...customerKey, keeper: "customer" as const };
export const brief = { ttl: 1, negativeTtl: 1, lag: 1, queue: 1 };
export const smallRing = { ...brief, method: ringOf(2) };
export const briefPolicy = smallPolicy({ ...brief, lease: 0 });

export function rulesOf(changes: Partial<WorldRules> = {}): WorldRules {
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
export function worldOf(rules: WorldRules, extra: Partial<World> = {}): World {
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
export function ringWorldOf(rules: WorldRules): World {
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

/** Two streams, each with a ring of two of its own and its own signer, that rotate at the same time. */
export function streamsWorldOf(rules: WorldRules): World {
  const zone = ["", "k1", "", "n1", ""];
  const first = keyOf(rules.method, "k1", 1, "r0", active(rules.ttl));
  const second = keyOf(rules.second ?? rules.method, "n1", 3, "q0", active(rules.ttl));
  return worldOf(rules, {
    keys: [first, { ...second, stream: secondStream }],
    rotations: [
      { id: "r0", reason: "first", requestedAt: 0 },
      { id: "q0", reason: "first", requestedAt: 0, stream: secondStream },
      { id: "r1", reason: "requested", requestedAt: 0 },
      { id: "q1", reason: "requested", requestedAt: 0, stream: secondStream },
    ],
    zone,
    servers: Array.from({ length: rules.servers }, () => zone),
    caches: zone.map(() => ({ holds: "", ttl: 0 })),
    vanished: zone.map(() => false),
    signers: [
      { key: "k1", behind: 0 },
      { key: "n1", behind: 0 },
    ],
  });
}
/** Their slots are others', since in the small world a slot is a name. */
export const twoStreams: Partial<WorldRules> = {
  ...brief,
  servers: 1,
  method: ringOf(2),
  second: { ...ringOf(2), slots: () => [3, 4] },
};

/** A ring of three as it should stand: one signs, one drains, one is ready; and a rotation is asked for. */
export function fullRingOf(rules: WorldRules): World {
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
export function moveWorldOf(rules: WorldRules): World {
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
export const ringAbove: DelegationMethod = { ...ringOf(2), slots: () => [5, 6], standby: false };
export const moving: Partial<WorldRules> = {
  method: ringWithStandby,
  moveTo: fresh,
  lag: 1,
  ttl: 1,
  negativeTtl: 1,
  queue: 1,
};

/** Out of a delegation below which the names of the new method lie. */
export const movingOut: Partial<WorldRules> = { ...moving, method: fresh, moveTo: ringAbove, standsIn: true };
/** From records that the customer keeps. */
export const movingFromTxt: Partial<WorldRules> = { ...moving, method: txt, moveTo: ringAbove };
/** From a key that the customer brought, and signs with elsewhere until it says that it has stopped. */
export const handingOver: Partial<WorldRules> = {
  ...moving,
  method: keptKey,
  moveTo: ringAbove,
  othersSign: true,
  servers: 1,
};
export function handedOverOf(rules: WorldRules): World {
  const world = moveWorldOf(rules);
  const keys = [keyOf(rules.method, "k1", 1, "r0", brought("shared", active(rules.ttl)))];
  return { ...world, keys, rotations: [{ id: "r0", reason: "imported", requestedAt: 0 }] };
}

export const releasedOf = (rules: WorldRules): World => worldOf(rules, { claim: "released" });
/** A series: the customer published the first name and some of the later ones, here all but the second. */
export function seriesWorldOf(rules: WorldRules): World {
  const empty = ["", "k1", ""];
  return worldOf(rules, {
    zone: empty,
    servers: Array.from({ length: rules.servers }, () => empty),
    caches: empty.map(() => ({ holds: "", ttl: 0 })),
    vanished: [false, false, true],
  });
}

/** A series at its end: one name was used before and is free of every trace, the later ones are not published. */
export function endedSeriesOf(rules: WorldRules): World {
  const gone = [...draining(rules.ttl, 0), fact("withdrawing"), fact("absent"), fact("withdrawn")];
  const world = seriesWorldOf(rules);
  return {
    ...world,
    keys: [keyOf(rules.method, "k0", 2, "r00", gone), ...world.keys],
    rotations: [{ id: "r00", reason: "standby", requestedAt: 0 }, ...world.rotations],
    vanished: [false, false, false, true, true, true],
  };
}

export const series: Partial<WorldRules> = {
  method: { ...cnameSeries, standby: false },
  names: [1, 2, 3, 4, 5],
  lag: 1,
  queue: 1,
};

/** A domain just added: its first key is made, nothing is proven, and nobody signs yet. */
export function newTxtOf(rules: WorldRules): World {
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
export function broughtWorldOf(rules: WorldRules): World {
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
export function hostedWorldOf(rules: WorldRules): World {
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
export const disclosingOf = (rules: WorldRules): World => worldOf(rules, { servedAt: [0, 0] });

/** The same, and under another name stands a record of the very same key. */
export function twinWorldOf(rules: WorldRules): World {
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
export function restoredWorldOf(rules: WorldRules): World {
  const zone = ["", "k1", "forgotten"];
  return worldOf(rules, {
    zone,
    servers: Array.from({ length: rules.servers }, () => zone),
    caches: zone.map(() => ({ holds: "", ttl: 0 })),
    vanished: zone.map(() => false),
    mails: [{ slot: 2, key: "forgotten", life: rules.queue }],
  });
}
