import type { Database } from "./schema.ts";

/** Keeps what a name server says of itself in place of what it said before. Nobody waits for it: no change number. */
export async function putNameServerReport(db: Database, node: string, at: number, report: unknown): Promise<void> {
  const row = { at, report: JSON.stringify(report) };
  await db
    .insertInto("nameServerReports")
    .values({ node, ...row })
    .onConflict((conflict) => conflict.column("node").doUpdateSet(row))
    .execute();
}

/** The reports made at `since` or later, by node, opened from JSON. */
export async function listNameServerReports(db: Database, since: number): Promise<unknown[]> {
  const rows = await db
    .selectFrom("nameServerReports")
    .select("report")
    .where("at", ">=", since)
    .orderBy("node")
    .execute();
  return rows.map(({ report }) => JSON.parse(report) as unknown);
}
