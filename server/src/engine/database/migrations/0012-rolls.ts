import { type Kysely, sql } from "kysely";
import { dialectOf } from "./dialect.ts";

/** The record of every claim and its keys; a claim that is older gets its rolls from its facts, before anything is added. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { table, keyed, int } = dialectOf(db);
  await keyed("rolls")
    .addColumn("domain_id", "text", (c) => c.notNull())
    .addColumn("seq", int, (c) => c.notNull())
    .addColumn("line", "text", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("rolls_pk", ["domain_id", "seq"])
    .execute();
  await table("rolls_key")
    .addColumn("id", int, (c) => c.primaryKey().check(sql`id = 1`))
    .addColumn("sealed", "text", (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .execute();
  await table("disclosed_keys")
    .addColumn("key_id", "text", (c) => c.primaryKey())
    .addColumn("private_key", "text", (c) => c.notNull())
    .addColumn("disclosed_at", int, (c) => c.notNull())
    .execute();
}
