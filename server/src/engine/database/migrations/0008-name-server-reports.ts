import { type Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** What each name server last said of itself. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { table, int } = dialectOf(db);
  await table("name_server_reports")
    .addColumn("node", "text", (c) => c.primaryKey())
    .addColumn("at", int, (c) => c.notNull())
    .addColumn("report", "text", (c) => c.notNull())
    .execute();
}
