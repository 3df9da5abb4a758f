import { type Kysely, sql } from "kysely";
import { dialectOf } from "./dialect.ts";

/** Which zones are signed and how, their keys, and what happened to these. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { table, keyed, int, schema } = dialectOf(db);
  await table("zone_kek_sentinel")
    .addColumn("id", int, (c) => c.primaryKey().check(sql`id = 1`))
    .addColumn("sealed", "text", (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .execute();
  await table("zone_signings")
    .addColumn("zone_id", "text", (c) => c.primaryKey().references("zones.id"))
    .addColumn("goal", "text", (c) => c.notNull())
    .addColumn("mode", "text", (c) => c.notNull())
    .addColumn("algorithm", int, (c) => c.notNull())
    .addColumn("requested_at", int, (c) => c.notNull())
    .addColumn("requested_by", "text", (c) => c.notNull())
    .addColumn("longest_ttl", int, (c) => c.notNull())
    .addColumn("signed_serial", int)
    .addColumn("resign_at", int)
    .addColumn("rev", int, (c) => c.notNull())
    .addColumn("due_at", int, (c) => c.notNull())
    .addColumn("sight", "text")
    .execute();
  await schema.createIndex("zone_signings_due").on("zone_signings").column("due_at").execute();
  await table("zone_keys")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("zone_id", "text", (c) => c.notNull().references("zones.id"))
    .addColumn("role", "text", (c) => c.notNull())
    .addColumn("algorithm", int, (c) => c.notNull())
    .addColumn("key_tag", int, (c) => c.notNull())
    .addColumn("dnskey", "text", (c) => c.notNull())
    .addColumn("spki_sha256", "text", (c) => c.notNull().unique())
    .addColumn("sealed", "text")
    .addColumn("version", int, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    // Signatures name their key by its tag: two of a zone with one tag could not be told apart.
    .addUniqueConstraint("zone_keys_tag", ["zone_id", "key_tag"])
    .execute();
  await keyed("zone_key_facts")
    .addColumn("key_id", "text", (c) => c.notNull().references("zone_keys.id"))
    .addColumn("seq", int, (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("at", int, (c) => c.notNull())
    .addColumn("trusted_ms", int, (c) => c.notNull())
    .addColumn("evidence", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("zone_key_facts_pk", ["key_id", "seq"])
    .execute();
}
