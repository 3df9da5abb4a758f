import type { Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** Streams: classes of mail of a domain with keys of their own. What was there before is of the default stream, whose name is empty. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { keyed, int, schema } = dialectOf(db);
  await keyed("streams")
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("domain_id", "text", (c) => c.notNull().references("domains.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("series", "text")
    .addColumn("policy", "text")
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("removed_at", int)
    .addPrimaryKeyConstraint("streams_pk", ["domain_id", "name"])
    .execute();
  for (const table of ["keys", "rotations", "senders"])
    await schema
      .alterTable(table)
      .addColumn("stream", "text", (c) => c.notNull().defaultTo(""))
      .execute();
}
