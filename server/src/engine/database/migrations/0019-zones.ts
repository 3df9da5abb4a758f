import type { Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** What a claim takes over of other vendors' selectors, before its delegation takes them out of sight. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { keyed, int } = dialectOf(db);
  await keyed("selector_imports")
    .addColumn("domain_id", "text", (c) => c.primaryKey().references("domains.id"))
    .addColumn("looked_at", int, (c) => c.notNull())
    .addColumn("node", "text", (c) => c.notNull())
    .addColumn("wildcard", int, (c) => c.notNull())
    .addColumn("selectors", "text", (c) => c.notNull())
    .addColumn("zone_serial", int)
    .addColumn("served_at", int)
    .addColumn("delegated_at", int)
    .execute();
}
