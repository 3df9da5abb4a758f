import type { Database } from "./schema.ts";

/** Which KEK: that of the DKIM keys, or that of the keys of zones. */
export type KekOf = "kekSentinel" | "zoneKekSentinel";

/** The sentinel of the KEK that seals this database's keys; undefined before the first start stored one. */
export async function readKekSentinel(db: Database, of: KekOf): Promise<string | undefined> {
  const row = await db.selectFrom(of).select("sealed").executeTakeFirst();
  return row?.sealed;
}

/** Stores the sentinel unless there is one, and answers the one that counts: of several first starts at once all get the same. */
export async function keepKekSentinel(db: Database, of: KekOf, sealed: string, now: number): Promise<string> {
  await db
    .insertInto(of)
    .values({ id: 1, sealed, createdAt: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await readKekSentinel(db, of)) ?? sealed;
}
