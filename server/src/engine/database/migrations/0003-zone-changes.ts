import type { Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** What changed in each version of a zone, so that name servers follow a change at its own cost; and what they serve beyond the database. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { keyed, int } = dialectOf(db);
  await keyed("zone_versions")
    .addColumn("zone_id", "text", (c) => c.notNull().references("zones.id"))
    .addColumn("changed_in", int, (c) => c.notNull())
    .addColumn("from_serial", int, (c) => c.notNull())
    .addColumn("to_serial", int, (c) => c.notNull())
    .addColumn("content", "text", (c) => c.notNull())
    .addColumn("version", int, (c) => c.notNull())
    .addColumn("changes_up_to", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("zone_versions_pk", ["zone_id", "changed_in"])
    .execute();
  await keyed("zone_changes")
    .addColumn("zone_id", "text", (c) => c.notNull().references("zones.id"))
    .addColumn("changed_in", int, (c) => c.notNull())
    .addColumn("seq", int, (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("type", int, (c) => c.notNull())
    .addColumn("ttl", int, (c) => c.notNull())
    .addColumn("data", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("zone_changes_pk", ["zone_id", "changed_in", "seq"])
    .execute();
  await keyed("serial_floors")
    .addColumn("origin", "text", (c) => c.notNull())
    .addColumn("node", "text", (c) => c.notNull())
    .addColumn("serial", int, (c) => c.notNull())
    .addColumn("cause", "text", (c) => c.notNull())
    .addColumn("reported_at", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("serial_floors_pk", ["origin", "node"])
    .execute();
}
