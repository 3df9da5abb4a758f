import { bumpChangeCounter } from "./change-counter.ts";
import type { Database, Transaction } from "./schema.ts";

/** Every setting made through the API, opened from JSON. There are few: they are read together. */
export async function readSettings(db: Database): Promise<Map<string, unknown>> {
  const rows = await db.selectFrom("settings").select(["name", "value"]).execute();
  return new Map(rows.map(({ name, value }) => [name, JSON.parse(value) as unknown]));
}

/** Sets or replaces a setting. */
export async function putSetting(trx: Transaction, name: string, value: unknown, now: number): Promise<void> {
  const row = { value: JSON.stringify(value), updatedAt: now, changedIn: await bumpChangeCounter(trx) };
  await trx
    .insertInto("settings")
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column("name").doUpdateSet(row))
    .execute();
}

/** Takes a setting back, so that the configuration file or the built-in value holds again. */
export async function removeSetting(trx: Transaction, name: string): Promise<void> {
  await bumpChangeCounter(trx);
  await trx.deleteFrom("settings").where("name", "=", name).execute();
}
