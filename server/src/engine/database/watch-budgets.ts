import type { WatchBudget } from "../../model/watch/may-look.ts";
import type { Transaction, WatchBudgetRow } from "./schema.ts";

/** So many days of what was spent are kept. */
const daysKept = 31;

/**
 * Adds to what a tenant has spent on a day, and answers the sum. Locks the row until the end of the transaction, so the sums
 * of several workers are all different.
 */
export async function spend(trx: Transaction, { tenantId, day, ...cost }: WatchBudgetRow): Promise<WatchBudget> {
  const sum = await trx
    .insertInto("watchBudgets")
    .values({ tenantId, day, ...cost })
    .onConflict((conflict) =>
      conflict.columns(["tenantId", "day"]).doUpdateSet((row) => ({
        looks: row("watchBudgets.looks", "+", cost.looks),
        unprovenLooks: row("watchBudgets.unprovenLooks", "+", cost.unprovenLooks),
        queries: row("watchBudgets.queries", "+", cost.queries),
      })),
    )
    .returning(["looks", "unprovenLooks", "queries"])
    .executeTakeFirstOrThrow();
  // The first time of a day forgets what is long past.
  if (sum.looks === cost.looks && sum.queries === cost.queries)
    await trx
      .deleteFrom("watchBudgets")
      .where("tenantId", "=", tenantId)
      .where("day", "<", day - daysKept)
      .execute();
  return sum;
}
