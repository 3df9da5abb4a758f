import { PostgresAdapter, sql } from "kysely";
import type { Database, TrustedClockRow } from "./schema.ts";

/** The database's own clock in epoch milliseconds; undefined on SQLite, where it would be this machine's clock once more and prove nothing. */
export async function databaseNowMs(db: Database): Promise<number | undefined> {
  if (!(db.getExecutor().adapter instanceof PostgresAdapter)) return undefined;
  const { rows } = await sql<{ ms: number }>`
    select cast(floor(extract(epoch from clock_timestamp()) * 1000) as bigint) as ms`.execute(db);
  return rows[0]?.ms;
}

/** The accumulator of trusted elapsed time; undefined before its first reading is stored. */
export async function readTrustedClock(db: Database): Promise<Omit<TrustedClockRow, "id"> | undefined> {
  return db.selectFrom("trustedClock").select(["rev", "elapsedMs", "wallMs", "dbWallMs"]).executeTakeFirst();
}

/** Stores the next reading if nobody stored one since `rev` (absent: none exists yet). False when someone did: read again and start over. */
export async function advanceTrustedClock(
  db: Database,
  rev: number | undefined,
  next: { elapsedMs: number; wallMs: number; dbWallMs: number | null },
): Promise<boolean> {
  if (rev === undefined) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto("trustedClock")
      .values({ id: 1, rev: 1, ...next })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }
  const { numUpdatedRows } = await db
    .updateTable("trustedClock")
    .set({ rev: rev + 1, ...next })
    .where("rev", "=", rev)
    .where("elapsedMs", "<=", next.elapsedMs) // trusted time only ever rises
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
