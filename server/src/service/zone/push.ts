import { rdataText, typeName, type Rrset, type RrsetChange } from "chancery/dns";
import type { Database, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { claimPush, listPushedRrsets, recordPush } from "../../engine/database/zone-pushes.ts";
import type { Pusher } from "../../engine/dns-push/target.ts";
import { planPush, pushedPart } from "../../model/push/plan.ts";
import { isSameRrset } from "../../model/zone/rrset.ts";
import { recordsOfZone } from "./served/follow.ts";

/** A push under way may take so long; then another controller takes it up. */
const leaseSeconds = 120;
/** After a failure: 5, 10, 20 … seconds. */
const retrySecondsMin = 5;
const retrySecondsMax = 300;
const conflictsSaid = 3;

/** What a look at one zone and target came to. */
export type Pushed =
  | { result: "pushed"; serial: number; changes: number }
  | { result: "current" }
  /** Another controller is at it, or it waits after a failure. */
  | { result: "not-due" }
  | { result: "failed"; problem: string };

/**
 * Brings what a foreign name server holds of a zone in line with ours, once. Nothing that we did not put there is overwritten or removed: it
 * is left and told of, and the rest is pushed. After a crash half-way what stands there already counts as made.
 */
export async function pushZone(
  db: Database,
  zone: ZoneRow,
  { target, pusher, owner }: { target: string; pusher: Pusher; owner: string },
  now: number,
): Promise<Pushed> {
  const key = { target, zoneId: zone.id };
  const claim = await claimPush(db, key, owner, leaseSeconds, now);
  if (claim === undefined) return { result: "not-due" };
  const finish = (result: Parameters<typeof recordPush>[3], made: readonly RrsetChange[]): Promise<boolean> =>
    transact(db, (trx) => recordPush(trx, key, owner, result, made));
  const { serial, pushedAt, problem } = claim;
  const isRemoved = zone.removedAt !== null;
  const there = serial === zone.serial && problem === null && !isRemoved ? undefined : await listPushedRrsets(db, key);
  if (there === undefined || (isRemoved && there.length === 0)) {
    await finish({ serial, pushedAt, problem: null, failures: 0, dueAt: 0 }, []);
    return { result: "current" };
  }
  const wanted = isRemoved ? [] : pushedPart(zone.origin, await recordsOfZone(db, zone));
  const changes = planPush(wanted, there);
  const { made, problem: inTheWay } = await carryOut(pusher, zone.origin, changes);
  if (inTheWay === undefined) {
    await finish({ serial: zone.serial, pushedAt: now, problem: null, failures: 0, dueAt: 0 }, made);
    return { result: "pushed", serial: zone.serial, changes: made.length };
  }
  const failures = claim.failures + 1;
  const dueAt = now + Math.min(retrySecondsMin * 2 ** (failures - 1), retrySecondsMax);
  await finish({ serial, pushedAt, problem: inTheWay, failures, dueAt }, made);
  return { result: "failed", problem: inTheWay };
}

async function carryOut(
  pusher: Pusher,
  origin: string,
  changes: readonly RrsetChange[],
): Promise<{ made: readonly RrsetChange[]; problem: string | undefined }> {
  if (changes.length === 0) return { made: [], problem: undefined };
  const outcome = await pusher.push(origin, changes);
  switch (outcome.result) {
    case "done":
      return { made: changes, problem: undefined };
    case "failed":
      return { made: [], problem: outcome.problem };
    case "conflict": {
      const foreign = outcome.conflicts.filter(({ change, found }) => !isAt(found, change.after));
      const made = changes.filter((change) => !foreign.some((conflict) => conflict.change === change));
      return { made, problem: foreign.length === 0 ? undefined : conflictText(foreign) };
    }
  }
}

const isAt = (found: Rrset | undefined, wanted: Rrset | undefined): boolean =>
  found === undefined || wanted === undefined ? found === wanted : isSameRrset(found, wanted);

function conflictText(conflicts: readonly { change: RrsetChange; found: Rrset | undefined }[]): string {
  const said = conflicts.slice(0, conflictsSaid).map(({ change, found }) => {
    const { name, type } = (change.after ?? change.before)!;
    if (found === undefined) return `${name} ${typeName(type)} was removed there`;
    return `${name} ${typeName(type)} holds ${found.data.map((data) => rdataText(type, data).slice(0, 80)).join(", ")} there`;
  });
  const more = conflicts.length > conflictsSaid ? `, and ${conflicts.length - conflictsSaid} more` : "";
  return `not put there by Chancery, and left as it is: ${said.join("; ")}${more}. Remove or restore it there, and the push goes on by itself`;
}
