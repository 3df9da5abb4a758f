import { verifiedNames } from "../../engine/database/domains.ts";
import type { Database, Transaction, WatchRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { spend } from "../../engine/database/watch-budgets.ts";
import {
  claimDueWatches,
  claimWatch,
  isAnyWatchDue,
  returnWatch,
  type WatchClaim,
} from "../../engine/database/watch-claims.ts";
import { dayOf, fits, nextDayAt, type Standing, standingOf } from "../../model/watch/may-look.ts";
import type { WatchSettings } from "./deps.ts";

/** The longest interval that a watch may have. Whatever is due later than this and a half got its time from a wrong clock. */
export const intervalSecondsMax = 30 * 86_400;
/** Longer than a look takes, proof included. */
export const leaseSeconds = 120;

/** A watch that this worker holds, and what it may do with it. */
export type ClaimedWatch = { row: WatchRow; standing: Standing };

/**
 * Takes up to `limit` watches that are due. Each look is paid for here, in the same transaction, so that no number of
 * workers spends more than the tenant has; what the budget leaves no room for rests until the next day.
 */
export async function claimDue(
  db: Database,
  { budget }: WatchSettings,
  claim: Omit<WatchClaim, "leaseSeconds">,
  limit: number,
): Promise<ClaimedWatch[]> {
  const latest = claim.now + 2 * intervalSecondsMax;
  if (!(await isAnyWatchDue(db, claim.now, latest))) return [];
  return transact(db, async (trx) => {
    const claimed = await claimDueWatches(trx, { ...claim, leaseSeconds }, limit, latest);
    const ours: ClaimedWatch[] = [];
    // In one order everywhere: two workers that pay for the same tenants never wait for each other.
    const tenants = [...Map.groupBy(claimed, ({ tenantId }) => tenantId)].toSorted(([one], [other]) =>
      one < other ? -1 : 1,
    );
    for (const [tenantId, rows] of tenants) {
      const verified = await verifiedNames(
        trx,
        tenantId,
        rows.map(({ name }) => name),
      );
      for (const row of rows) {
        const standing = standingOf(row, verified.has(row.name), claim.now);
        if (await pay(trx, row, standing, budget, claim.now)) ours.push({ row, standing });
        else await returnWatch(trx, row.id, row.rev, { dueAt: nextDayAt(row.name, claim.now), resting: "budget" });
      }
    }
    return ours;
  });
}

/** Takes one watch, due or not. `held`: another worker is looking at it; `budget`: the tenant has no look left today. */
export async function claimNow(
  db: Database,
  { budget }: WatchSettings,
  claim: Omit<WatchClaim, "leaseSeconds">,
  id: string,
): Promise<ClaimedWatch | "held" | "budget"> {
  return transact(db, async (trx) => {
    const row = await claimWatch(trx, id, { ...claim, leaseSeconds });
    if (row === undefined) return "held";
    const verified = await verifiedNames(trx, row.tenantId, [row.name]);
    const standing = standingOf(row, verified.has(row.name), claim.now);
    if (await pay(trx, row, standing, budget, claim.now)) return { row, standing };
    await returnWatch(trx, row.id, row.rev, { dueAt: nextDayAt(row.name, claim.now) });
    return "budget";
  });
}

async function pay(
  trx: Transaction,
  { tenantId }: WatchRow,
  standing: Standing,
  budget: WatchSettings["budget"],
  now: number,
): Promise<boolean> {
  const cost = { looks: 1, unprovenLooks: standing === "pending" ? 1 : 0, queries: 0 };
  const spent = await spend(trx, { tenantId, day: dayOf(now), ...cost });
  return fits(spent, budget, standing);
}
