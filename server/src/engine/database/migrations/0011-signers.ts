import type { Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** Who signs, up to which change each of them knows, and what was signed with which key. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { table, keyed, int } = dialectOf(db);
  await table("signers")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("node", "text", (c) => c.notNull())
    .addColumn("role", "text", (c) => c.notNull())
    .addColumn("started_at", int, (c) => c.notNull())
    .addColumn("renewed_at", int, (c) => c.notNull())
    .addColumn("lease_seconds", int, (c) => c.notNull())
    .addColumn("acknowledged", int, (c) => c.notNull())
    .execute();
  // No reference to keys: a database that came back from an older copy may lack one of which a signer still tells.
  await keyed("key_uses")
    .addColumn("key_id", "text", (c) => c.notNull())
    .addColumn("signatures", int, (c) => c.notNull())
    .addColumn("first_at", int, (c) => c.notNull())
    .addColumn("last_at", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("key_uses_pk", ["key_id"])
    .execute();
  await keyed("key_use_days")
    .addColumn("key_id", "text", (c) => c.notNull())
    .addColumn("day", int, (c) => c.notNull())
    .addColumn("signatures", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("key_use_days_pk", ["key_id", "day"])
    .execute();
}
