import { customerKey } from "../../server/src/model/delegation/delegation-customer-key.ts";
import { ringOf } from "../../server/src/model/delegation/delegation-ring.ts";
import { txt } from "../../server/src/model/delegation/delegation-txt.ts";
import { smallPolicy, type World, type WorldRules } from "./rotation-world.ts";
import {
  brief,
  briefPolicy,
  broughtWorldOf,
  disclosingOf,
  endedSeriesOf,
  fullRingOf,
  moveWorldOf,
  moving,
  movingOut,
  newTxtOf,
  restoredWorldOf,
  ringWorldOf,
  series,
  seriesWorldOf,
  twinWorldOf,
  worldOf,
} from "./worlds-start.ts";

/** For each guard a world in which its loss shows. The same world is safe with all guards in place. */
export const worldsThatNeed: Record<string, [Partial<WorldRules>, (rules: WorldRules) => World]> = {
  "claim-proven": [{ method: txt }, newTxtOf],
  declared: [{ method: customerKey, othersSign: true, servers: 1 }, broughtWorldOf],
  "name-free": [{ method: ringOf(2) }, ringWorldOf],
  "used-once": [series, endedSeriesOf],
  "name-published": [series, seriesWorldOf],
  "name-looked-at": [brief, restoredWorldOf],
  "self-tested": [{ brokenPairs: true }, worldOf],
  "seen-everywhere": [{}, worldOf],
  "visibility-wait": [{}, worldOf],
  "seen-after-wait": [{ vanish: "upcoming" }, worldOf],
  "change-window": [{ ...brief, closedUntil: 9 }, worldOf],
  "fresh-sight": [{ vanish: "upcoming" }, worldOf],
  "few-drains": [{ method: ringOf(3), servers: 1, ttl: 1, negativeTtl: 1, lag: 1, queue: 1 }, fullRingOf],
  "drain-wait": [{}, worldOf],
  "successor-seen": [{ ...brief, vanish: "active", mails: 0 }, worldOf],
  "revoked-everywhere": [{ ...brief, mails: 0, operator: "revokes" }, worldOf],
  "revoked-kept": [
    { ...brief, servers: 1, mails: 0, operator: "revokes", policy: { ...briefPolicy, revokedRecordSeconds: 3 } },
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
  "nothing-hidden": [{ ...moving, servers: 1, hides: true }, moveWorldOf],
  "left-keys-gone": [{ ...moving, servers: 1 }, moveWorldOf],
  "delegation-forgotten": [{ ...movingOut, servers: 1 }, moveWorldOf],
};
