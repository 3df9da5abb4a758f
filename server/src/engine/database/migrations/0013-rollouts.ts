import { type Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** Rotations of many domains, a wave at a time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { table, keyed, int, schema } = dialectOf(db);
  await table("rollouts")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("plan", "text", (c) => c.notNull())
    .addColumn("domains", int, (c) => c.notNull())
    .addColumn("waves", "text", (c) => c.notNull())
    .addColumn("requested_at", int, (c) => c.notNull())
    .addColumn("requested_by", "text", (c) => c.notNull())
    .addColumn("rev", int, (c) => c.notNull().defaultTo(0))
    .addColumn("lease_owner", "text")
    .addColumn("lease_until", int)
    .addColumn("due_at", int)
    .execute();
  await schema.createIndex("rollouts_due").on("rollouts").column("due_at").execute();
  await schema.createIndex("rollouts_tenant").on("rollouts").columns(["tenant_id", "requested_at"]).execute();
  await keyed("rollout_facts")
    .addColumn("rollout_id", "text", (c) => c.notNull().references("rollouts.id"))
    .addColumn("seq", int, (c) => c.notNull())
    .addColumn("fact", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("rollout_facts_pk", ["rollout_id", "seq"])
    .execute();
  await keyed("rollout_domains")
    .addColumn("rollout_id", "text", (c) => c.notNull().references("rollouts.id"))
    .addColumn("place", int, (c) => c.notNull())
    .addColumn("domain_id", "text", (c) => c.notNull().references("domains.id"))
    .addColumn("wave", int, (c) => c.notNull())
    .addColumn("rotation_id", "text")
    .addColumn("begun_at", int)
    .addColumn("outcome", "text")
    .addColumn("reason", "text")
    .addColumn("ended_at", int)
    .addPrimaryKeyConstraint("rollout_domains_pk", ["rollout_id", "place"])
    .execute();
  await schema
    .createIndex("rollout_domains_wave")
    .on("rollout_domains")
    .columns(["rollout_id", "wave", "outcome", "place"])
    .execute();
}
