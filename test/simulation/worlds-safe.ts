import { nsBranch } from "../../server/src/model/delegation-branch.ts";
import { customerKey } from "../../server/src/model/delegation-customer-key.ts";
import { nsDomainkey } from "../../server/src/model/delegation-domainkey.ts";
import { ringOf } from "../../server/src/model/delegation-ring.ts";
import { nsSubdomain } from "../../server/src/model/delegation-subdomain.ts";
import { thirdPartyDomain } from "../../server/src/model/delegation-third-party.ts";
import { txt } from "../../server/src/model/delegation-txt.ts";
import type { World, WorldRules } from "./rotation-world.ts";
import {
  alone,
  brief,
  broughtWorldOf,
  endedSeriesOf,
  fresh,
  fullRingOf,
  hostedWorldOf,
  keptKey,
  moveWorldOf,
  moving,
  newTxtOf,
  releasedOf,
  restoredWorldOf,
  ringAbove,
  ringWorldOf,
  series,
  seriesWorldOf,
  smallRing,
  worldOf,
} from "./worlds-start.ts";

/** What a world is called, what is different in it, and where it starts. */
export type NamedWorld = [name: string, changes: Partial<WorldRules>, startOf: (rules: WorldRules) => World];

export const safeWorlds: readonly NamedWorld[] = [
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
];
