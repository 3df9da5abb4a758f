import { type Kysely } from "kysely";
import { ancestorsOf } from "../ancestors.ts";
import { dialectOf } from "./dialect.ts";

type Domains = { domains: { id: string; name: string }; claim_ancestors: { domain_id: string; ancestor: string } };

/** What is known of the proof behind a claim, when it was last looked at, and which claims lie below which names. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { table, int } = dialectOf(db);
  const { schema } = db;
  await table("claim_facts")
    .addColumn("domain_id", "text", (c) => c.notNull().references("domains.id"))
    .addColumn("seq", int, (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("at", int, (c) => c.notNull())
    .addColumn("trusted_ms", int, (c) => c.notNull())
    .addColumn("evidence", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("claim_facts_pk", ["domain_id", "seq"])
    .execute();
  await table("claim_looks")
    .addColumn("domain_id", "text", (c) => c.primaryKey().references("domains.id"))
    .addColumn("looked_ms", int, (c) => c.notNull())
    .execute();
  await table("claim_ancestors")
    .addColumn("domain_id", "text", (c) => c.notNull().references("domains.id"))
    .addColumn("ancestor", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("claim_ancestors_pk", ["domain_id", "ancestor"])
    .execute();
  await schema.createIndex("claim_ancestors_name").on("claim_ancestors").column("ancestor").execute();
  await schema.alterTable("domains").addColumn("locked_at", int).execute();
  await schema.alterTable("tenants").addColumn("removed_at", int).execute();
  const known = db as Kysely<Domains>;
  for (const { id, name } of await known.selectFrom("domains").select(["id", "name"]).execute())
    for (const ancestor of ancestorsOf(name))
      await known.insertInto("claim_ancestors").values({ domain_id: id, ancestor }).execute();
}
