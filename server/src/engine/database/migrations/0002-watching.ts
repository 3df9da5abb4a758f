import { type Kysely, sql } from "kysely";
import { dialectOf } from "./dialect.ts";

/** Domains that are looked at again and again, and what was seen. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createWatches(db);
  await createHistory(db);
}

async function createWatches(db: Kysely<unknown>): Promise<void> {
  const { table, keyed, int, schema } = dialectOf(db);
  await table("watches")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("interval_seconds", int, (c) => c.notNull())
    .addColumn("selectors", "text", (c) => c.notNull())
    .addColumn("challenge_token", "text", (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("proof_seen_at", int)
    .addColumn("proof_looked_at", int)
    .addColumn("looked_at", int)
    .addColumn("known_at", int)
    .addColumn("look", int, (c) => c.notNull().defaultTo(0))
    .addColumn("apart_at", int, (c) => c.notNull().defaultTo(0))
    .addColumn("score", int)
    .addColumn("early_looks", int, (c) => c.notNull().defaultTo(0))
    .addColumn("resting", "text")
    .addColumn("due_at", int, (c) => c.notNull())
    .addColumn("rev", int, (c) => c.notNull().defaultTo(0))
    .addColumn("lease_owner", "text")
    .addColumn("lease_until", int)
    .addUniqueConstraint("watches_tenant_name", ["tenant_id", "name"])
    .execute();
  await schema.createIndex("watches_due").on("watches").column("due_at").execute();
  // Few rows are leased at a time: whoever looks for what a dead worker holds does not read the rest.
  await sql`create index watches_leased on watches (lease_owner) where lease_owner is not null`.execute(db);
  await keyed("watch_budgets")
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("day", int, (c) => c.notNull())
    .addColumn("looks", int, (c) => c.notNull())
    .addColumn("unproven_looks", int, (c) => c.notNull())
    .addColumn("queries", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("watch_budgets_pk", ["tenant_id", "day"])
    .execute();
}

async function createHistory(db: Kysely<unknown>): Promise<void> {
  const { keyed, numbered, int, schema } = dialectOf(db);
  await keyed("observations")
    .addColumn("watch_id", "text", (c) => c.notNull().references("watches.id").onDelete("cascade"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("turn", int, (c) => c.notNull())
    .addColumn("outcome", "text", (c) => c.notNull())
    .addColumn("aliases", "text", (c) => c.notNull())
    .addColumn("texts", "text", (c) => c.notNull())
    .addColumn("fingerprint", "text")
    .addColumn("first_seen_at", int, (c) => c.notNull())
    .addColumn("last_seen_at", int, (c) => c.notNull())
    .addColumn("looks", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("observations_pk", ["watch_id", "name", "turn"])
    .execute();
  await keyed("watched_selectors")
    .addColumn("watch_id", "text", (c) => c.notNull().references("watches.id").onDelete("cascade"))
    .addColumn("selector", "text", (c) => c.notNull())
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("key_name", "text", (c) => c.notNull())
    .addColumn("sources", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("since", int, (c) => c.notNull())
    .addColumn("first_seen_at", int)
    .addColumn("last_seen_at", int)
    .addColumn("looked_at", int, (c) => c.notNull())
    .addColumn("absent_looks", int, (c) => c.notNull())
    .addColumn("published_as", "text")
    .addColumn("provider", "text")
    .addColumn("key_type", "text")
    .addColumn("bits", int)
    .addColumn("fingerprint", "text")
    .addPrimaryKeyConstraint("watched_selectors_pk", ["watch_id", "selector"])
    .execute();
  await schema
    .createIndex("watched_selectors_tenant")
    .on("watched_selectors")
    .columns(["tenant_id", "key_name"])
    .execute();
  await numbered("findings")
    .addColumn("watch_id", "text", (c) => c.notNull().references("watches.id").onDelete("cascade"))
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("code", "text", (c) => c.notNull())
    .addColumn("subject", "text", (c) => c.notNull())
    .addColumn("severity", int, (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("check_name", "text", (c) => c.notNull())
    .addColumn("told", "text", (c) => c.notNull())
    .addColumn("first_seen_at", int, (c) => c.notNull())
    .addColumn("last_seen_at", int, (c) => c.notNull())
    .addColumn("opened_at", int)
    .addColumn("closed_at", int)
    .addColumn("openings", int, (c) => c.notNull())
    .addColumn("clean_looks", int, (c) => c.notNull())
    .addUniqueConstraint("findings_identity", ["watch_id", "code", "subject"])
    .execute();
  await schema
    .createIndex("findings_tenant")
    .on("findings")
    .columns(["tenant_id", "state", "severity", "seq"])
    .execute();
  await numbered("watch_events")
    .addColumn("watch_id", "text", (c) => c.notNull().references("watches.id").onDelete("cascade"))
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("at", int, (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("subject", "text", (c) => c.notNull())
    .addColumn("detail", "text", (c) => c.notNull())
    .execute();
  await schema.createIndex("watch_events_watch").on("watch_events").columns(["watch_id", "seq"]).execute();
  await schema.createIndex("watch_events_tenant").on("watch_events").columns(["tenant_id", "seq"]).execute();
}
