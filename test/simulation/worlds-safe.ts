import { nsBranch } from "../../server/src/model/delegation/delegation-branch.ts";
import { customerKey } from "../../server/src/model/delegation/delegation-customer-key.ts";
import { nsDomainkey } from "../../server/src/model/delegation/delegation-domainkey.ts";
import { ringOf } from "../../server/src/model/delegation/delegation-ring.ts";
import { nsSubdomain } from "../../server/src/model/delegation/delegation-subdomain.ts";
import { thirdPartyDomain } from "../../server/src/model/delegation/delegation-third-party.ts";
import { txt } from "../../server/src/model/delegation/delegation-txt.ts";
import type { World, WorldRules } from "./rotation-world.ts";
import {
  alone,
  brief,
  changed,
  broughtWorldOf,
  endedSeriesOf,
  fresh,
  fullRingOf,
  handedOverOf,
  handingOver,
  hostedWorldOf,
  keptKey,
  moveWorldOf,
  moving,
  movingFromTxt,
  movingOut,
  newTxtOf,
  releasedOf,
  restoredWorldOf,
  ringAbove,
  ringWorldOf,
  series,
  seriesWorldOf,
  smallRing,
  streamsWorldOf,
  twoStreams,
  worldOf,
} from "./worlds-start.ts";

/** What a world is called, what is different in it, and where it starts. */
export type NamedWorld = [name: string, changes: Partial<WorldRules>, startOf: (rules: WorldRules) => World];

/** A resolver serves what it knew for two ticks more, and an operator revokes any key at any moment. */
export const staleRevocation: Partial<WorldRules> = {
  ...brief,
  mails: 0,
  stale: 2,
  freeMeansForgotten: false,
  servesStale: true,
  operator: "revokes",
};

export const safeWorlds: readonly NamedWorld[] = [
  ["a new name", {}, worldOf],
  ["a new name, the positive TTL longer than the negative", { ttl: 4 }, worldOf],
  ["a new name, the negative TTL longer than the positive", { negativeTtl: 3 }, worldOf],
  ["a new name, three servers", { servers: 3, lag: 1 }, worldOf],
  ["a new name, two signers with a lease", { lease: 2 }, worldOf],
  ["a new name, two messages", { mails: 2, queue: 1 }, worldOf],
  ["a claim that is suspended and in force again", { suspends: true, lag: 1, servers: 1, queue: 1 }, worldOf],
  ["a claim that is suspended, in a ring of two", { ...smallRing, suspends: true, servers: 1 }, worldOf],
  ["S27 a claim that is released while its key signs", {}, releasedOf],
  ["a ring of two, the other name draining", { method: ringOf(2) }, ringWorldOf],
  ["txt: the TTL of the mistake longer than the negative", { method: txt, ttl: 4, negativeTtl: 1, lag: 1 }, worldOf],
  ["txt: from adding the domain on", { method: txt }, newTxtOf],
  ["a move from a ring to new names", moving, moveWorldOf],
  ["a move that may be given up", { ...moving, aborts: true }, moveWorldOf],
  ["a move to a delegation that hides the old names", { ...moving, hides: true }, moveWorldOf],
  ["a move with two signers and a lease", { ...moving, lease: 1 }, moveWorldOf],
  ["a move from new names to a ring", { ...moving, method: fresh, moveTo: ringAbove }, moveWorldOf],
  ["a move out of a delegation that hides the new names", movingOut, moveWorldOf],
  ["a move from records that the customer keeps", movingFromTxt, moveWorldOf],
  ["a move from a key that the customer brought", handingOver, handedOverOf],
  ["a series, its second name not published", series, seriesWorldOf],
  ["I-20 a series of which no published name is left", series, endedSeriesOf],
  ["a new name, any key revoked at any moment", { ...brief, operator: "revokes" }, worldOf],
  ["a ring of two, any key revoked at any moment", { ...smallRing, mails: 0, operator: "revokes" }, ringWorldOf],
  [
    "a ring of three, any key revoked at any moment",
    { ...brief, method: ringOf(3), servers: 1, mails: 0, operator: "revokes" },
    fullRingOf,
  ],
  ["two streams that rotate at the same time", twoStreams, streamsWorldOf],
  ["a new name, gone back from at any moment", { operator: "recalls" }, worldOf],
  ["a ring of two, gone back in at any moment", { ...smallRing, operator: "recalls" }, ringWorldOf],
  ["a new name, called off at any moment", { operator: "aborts" }, worldOf],
  ["a ring of two, called off at any moment", { ...smallRing, operator: "aborts" }, ringWorldOf],
  ["a name that a restored backup has forgotten", brief, restoredWorldOf],
  [
    "an alias of the customer, who remembers for longer that there is none",
    { ...brief, lag: 0, alias: { ttl: 1, negativeTtl: 4 } },
    worldOf,
  ],
  [
    "an alias that led elsewhere, with a longer TTL",
    { ...brief, method: changed, alias: { ttl: 4, negativeTtl: 1, before: "wrong" } },
    worldOf,
  ],
  ["S21 I-17 resolvers that serve what is stale, any key revoked at any moment", staleRevocation, worldOf],
];

/** What the rows of safety call models, at three sets of durations each. */
const sets: Record<string, Partial<WorldRules>> = {
  "all alike": brief,
  "a long TTL": { ttl: 3, negativeTtl: 1, lag: 1, queue: 1 },
  "a long negative TTL and queue": { ttl: 1, negativeTtl: 3, lag: 1, queue: 2 },
};
const models: Record<string, [Partial<WorldRules>, NamedWorld[2]]> = {
  "ns-branch": [{ method: alone(nsBranch) }, worldOf],
  "ns-subdomain": [{ method: alone(nsSubdomain) }, worldOf],
  "ns-domainkey": [{ method: alone(nsDomainkey) }, worldOf],
  "third-party-domain": [{ method: alone(thirdPartyDomain) }, worldOf],
  "cname-series": [{ method: series.method!, names: series.names! }, seriesWorldOf],
  "cname-ring of two": [{ method: ringOf(2) }, ringWorldOf],
  "cname-ring of three": [{ method: ringOf(3), servers: 1 }, fullRingOf],
  txt: [{ method: txt }, worldOf],
  "customer-key, shared": [{ method: customerKey, othersSign: true, servers: 1 }, broughtWorldOf],
  "customer-key, kept by the customer": [{ method: keptKey, othersSign: true, servers: 1 }, broughtWorldOf],
  "customer-key, hosted": [{ method: customerKey, othersSign: true }, hostedWorldOf],
};
export const worldsOfMethods: readonly NamedWorld[] = Object.entries(models).flatMap(([name, [changes, startOf]]) =>
  Object.entries(sets).map(([set, durations]): NamedWorld => [
    `${name}: ${set}`,
    { ...changes, ...durations },
    startOf,
  ]),
);

/** Too large for every day. */
export const largeWorlds: readonly NamedWorld[] = [
  ...worldsOfMethods.map(([name, changes, startOf]): NamedWorld => [
    `${name}, two servers`,
    { ...changes, servers: 2 },
    startOf,
  ]),
  ["a ring of four with a stand-by", { method: ringOf(4), ...brief }, fullRingOf],
  [
    "a new name, three servers, two messages, a lease",
    { servers: 3, mails: 2, lease: 1, negativeTtl: 3, queue: 3 },
    worldOf,
  ],
  [
    "a ring of two, three servers, two messages, a lease",
    { method: ringOf(2), servers: 3, mails: 2, lease: 1, ttl: 3, queue: 3 },
    ringWorldOf,
  ],
];
