import { type Kysely, sql } from "kysely";
import { dialectOf } from "./dialect.ts";

export async function up(db: Kysely<unknown>): Promise<void> {
  await createService(db);
  await createDomains(db);
  await createKeys(db);
  await createZones(db);
  await createRequests(db);
}

async function createService(db: Kysely<unknown>): Promise<void> {
  const { table, int } = dialectOf(db);
  await table("tenants")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull().unique())
    .addColumn("created_at", int, (c) => c.notNull())
    .execute();
  await table("tokens")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("tenant_id", "text", (c) => c.references("tenants.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull().unique())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("revoked_at", int)
    .execute();
  await table("settings")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("value", "text", (c) => c.notNull())
    .addColumn("updated_at", int, (c) => c.notNull())
    .addColumn("changed_in", int, (c) => c.notNull())
    .execute();
  await table("change_counter")
    .addColumn("id", int, (c) => c.primaryKey().check(sql`id = 1`))
    .addColumn("value", int, (c) => c.notNull())
    .execute();
  await sql`insert into change_counter (id, value) values (1, 0)`.execute(db);
  await table("kek_sentinel")
    .addColumn("id", int, (c) => c.primaryKey().check(sql`id = 1`))
    .addColumn("sealed", "text", (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .execute();
  await table("trusted_clock")
    .addColumn("id", int, (c) => c.primaryKey().check(sql`id = 1`))
    .addColumn("rev", int, (c) => c.notNull())
    .addColumn("elapsed_ms", int, (c) => c.notNull())
    .addColumn("wall_ms", int, (c) => c.notNull())
    .addColumn("db_wall_ms", int)
    .execute();
}

async function createDomains(db: Kysely<unknown>): Promise<void> {
  const { table, int, schema } = dialectOf(db);
  await table("domains")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("method", "text", (c) => c.notNull())
    .addColumn("label", "text", (c) => c.notNull())
    .addColumn("seed", "text", (c) => c.notNull())
    .addColumn("challenge_token", "text", (c) => c.notNull())
    .addColumn("algorithms", "text", (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("verified_at", int)
    .addColumn("suspended_at", int)
    .addColumn("released_at", int)
    .addColumn("rev", int, (c) => c.notNull().defaultTo(0))
    .addColumn("lease_owner", "text")
    .addColumn("lease_until", int)
    .addColumn("due_at", int, (c) => c.notNull().defaultTo(0))
    .addColumn("changed_in", int, (c) => c.notNull())
    .execute();
  // Only one claim of a name can be verified (threat 32): of any number of racing claims the index lets one through.
  await sql`create unique index domains_verified_name on domains (name)
    where verified_at is not null and released_at is null`.execute(db);
  await sql`create unique index domains_tenant_name on domains (tenant_id, name) where released_at is null`.execute(db);
  await schema.createIndex("domains_due").on("domains").column("due_at").execute();
  await schema.createIndex("domains_changed").on("domains").column("changed_in").execute();
  await table("issued_names")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("domain_id", "text", (c) => c.notNull().references("domains.id"))
    .addColumn("purpose", "text", (c) => c.notNull())
    .addColumn("slot", int, (c) => c.notNull())
    .addColumn("issued_at", int, (c) => c.notNull())
    .execute();
  await schema.createIndex("issued_names_domain").on("issued_names").column("domain_id").execute();
  await table("record_states")
    .addColumn("domain_id", "text", (c) => c.notNull().references("domains.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("type", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("found", "text", (c) => c.notNull())
    .addColumn("checked_at", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("record_states_pk", ["domain_id", "name", "type"])
    .execute();
}

async function createKeys(db: Kysely<unknown>): Promise<void> {
  const { table, int, schema } = dialectOf(db);
  await table("rotations")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("domain_id", "text", (c) => c.notNull().references("domains.id"))
    .addColumn("reason", "text", (c) => c.notNull())
    .addColumn("requested_at", int, (c) => c.notNull())
    .addColumn("requested_by", "text", (c) => c.notNull())
    .execute();
  await schema.createIndex("rotations_domain").on("rotations").columns(["domain_id", "requested_at"]).execute();
  await table("keys")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("domain_id", "text", (c) => c.notNull().references("domains.id"))
    .addColumn("rotation_id", "text", (c) => c.notNull().references("rotations.id"))
    .addColumn("role", "text", (c) => c.notNull())
    .addColumn("slot", int, (c) => c.notNull())
    .addColumn("selector", "text", (c) => c.notNull())
    .addColumn("key_name", "text", (c) => c.notNull())
    .addColumn("record_name", "text", (c) => c.notNull())
    .addColumn("algorithm", "text", (c) => c.notNull())
    .addColumn("bits", int, (c) => c.notNull())
    .addColumn("public_key", "text", (c) => c.notNull())
    .addColumn("record", "text", (c) => c.notNull())
    .addColumn("spki_sha256", "text", (c) => c.notNull().unique()) // no public half twice on the whole platform
    .addColumn("sealed", "text")
    .addColumn("version", int, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("changed_in", int, (c) => c.notNull())
    .addUniqueConstraint("keys_rotation_role", ["rotation_id", "role"]) // one key a slot, whatever crashes (I-13)
    .execute();
  await schema.createIndex("keys_domain").on("keys").column("domain_id").execute();
  await schema.createIndex("keys_changed").on("keys").column("changed_in").execute();
  await table("key_facts")
    .addColumn("key_id", "text", (c) => c.notNull().references("keys.id"))
    .addColumn("seq", int, (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("at", int, (c) => c.notNull())
    .addColumn("trusted_ms", int, (c) => c.notNull())
    .addColumn("evidence", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("key_facts_pk", ["key_id", "seq"])
    .execute();
}

async function createZones(db: Kysely<unknown>): Promise<void> {
  const { table, numbered, int, schema } = dialectOf(db);
  await table("zones")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("origin", "text", (c) => c.notNull().unique()) // also of removed zones: their serial must not start again
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("domain_id", "text", (c) => c.references("domains.id"))
    .addColumn("serial", int, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("removed_at", int)
    .addColumn("changed_in", int, (c) => c.notNull())
    .execute();
  await schema.createIndex("zones_domain").on("zones").column("domain_id").execute();
  await schema.createIndex("zones_changed").on("zones").column("changed_in").execute();
  await numbered("records")
    .addColumn("zone_id", "text", (c) => c.notNull().references("zones.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("type", int, (c) => c.notNull())
    .addColumn("ttl", int, (c) => c.notNull())
    .addColumn("data", "text", (c) => c.notNull())
    .addColumn("source", "text", (c) => c.notNull())
    .execute();
  await schema.createIndex("records_name").on("records").columns(["zone_id", "name", "seq"]).execute();
  await schema.createIndex("records_source").on("records").columns(["zone_id", "source"]).execute();
}

async function createRequests(db: Kysely<unknown>): Promise<void> {
  const { table, numbered, int, schema } = dialectOf(db);
  await table("senders")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("secret_hash", "text")
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("removed_at", int)
    .addColumn("changed_in", int, (c) => c.notNull())
    .execute();
  await sql`create unique index senders_kind_name on senders (kind, name) where removed_at is null`.execute(db);
  await schema.createIndex("senders_changed").on("senders").column("changed_in").execute();
  await table("idempotency")
    .addColumn("tenant_id", "text", (c) => c.notNull())
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("request_hash", "text", (c) => c.notNull())
    .addColumn("status", int)
    .addColumn("response", "text")
    .addColumn("created_at", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("idempotency_pk", ["tenant_id", "key"])
    .execute();
  await schema.createIndex("idempotency_created").on("idempotency").column("created_at").execute();
  await numbered("audit_log")
    .addColumn("tenant_id", "text", (c) => c.references("tenants.id"))
    .addColumn("at", int, (c) => c.notNull())
    .addColumn("actor", "text", (c) => c.notNull())
    .addColumn("action", "text", (c) => c.notNull())
    .addColumn("subject", "text", (c) => c.notNull())
    .addColumn("detail", "text", (c) => c.notNull())
    .execute();
  await schema.createIndex("audit_log_tenant").on("audit_log").columns(["tenant_id", "seq"]).execute();
}
