import type { Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** Until when domains of ours are registered: what the registry says, and what somebody said by hand. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { table, int } = dialectOf(db);
  await table("registrations")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("told_expires_at", int)
    .addColumn("told_at", int)
    .addColumn("seen_expires_at", int)
    .addColumn("seen_at", int)
    .addColumn("asked_at", int)
    .addColumn("problem", "text")
    .execute();
}
