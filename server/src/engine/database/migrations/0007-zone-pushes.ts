import { type Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** Zones that are pushed to name servers of somebody else, and what was put there. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { keyed, int } = dialectOf(db);
  await keyed("zone_pushes")
    .addColumn("target", "text", (c) => c.notNull())
    .addColumn("zone_id", "text", (c) => c.notNull().references("zones.id"))
    .addColumn("serial", int)
    .addColumn("pushed_at", int)
    .addColumn("problem", "text")
    .addColumn("failures", int, (c) => c.notNull().defaultTo(0))
    .addColumn("due_at", int, (c) => c.notNull().defaultTo(0))
    .addColumn("lease_owner", "text")
    .addColumn("lease_until", int)
    .addPrimaryKeyConstraint("zone_pushes_pk", ["target", "zone_id"])
    .execute();
  await keyed("pushed_rrsets")
    .addColumn("target", "text", (c) => c.notNull())
    .addColumn("zone_id", "text", (c) => c.notNull().references("zones.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("type", int, (c) => c.notNull())
    .addColumn("ttl", int, (c) => c.notNull())
    .addColumn("data", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("pushed_rrsets_pk", ["target", "zone_id", "name", "type"])
    .execute();
}
