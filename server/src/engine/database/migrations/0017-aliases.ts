import type { Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** What happened to the aliases of ours that lead on to an upstream's key. Facts are only added. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { keyed, int } = dialectOf(db);
  await keyed("alias_facts")
    .addColumn("domain_id", "text", (c) => c.notNull().references("domains.id"))
    .addColumn("selector", "text", (c) => c.notNull())
    .addColumn("seq", int, (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("at", int, (c) => c.notNull())
    .addColumn("trusted_ms", int, (c) => c.notNull())
    .addColumn("evidence", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("alias_facts_pk", ["domain_id", "selector", "seq"])
    .execute();
}
