import { type Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** What happened in a claim's moves from one delegation method to another, in order. Only ever appended to. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { table, int } = dialectOf(db);
  await table("move_facts")
    .addColumn("domain_id", "text", (c) => c.notNull().references("domains.id"))
    .addColumn("seq", int, (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("at", int, (c) => c.notNull())
    .addColumn("trusted_ms", int, (c) => c.notNull())
    .addColumn("evidence", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("move_facts_pk", ["domain_id", "seq"])
    .execute();
}
