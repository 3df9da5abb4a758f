import type { Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** What reports and mail show of selectors in use: each report once a tenant, and what it saw of each selector. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { numbered, keyed, int, schema } = dialectOf(db);
  await numbered("reports")
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("identity", "text", (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("organization", "text", (c) => c.notNull())
    .addColumn("report_id", "text", (c) => c.notNull())
    .addColumn("domain", "text", (c) => c.notNull())
    .addColumn("begin_at", int)
    .addColumn("end_at", int)
    .addColumn("messages", int, (c) => c.notNull())
    .addColumn("taken_at", int, (c) => c.notNull())
    .execute();
  await schema.createIndex("reports_identity").unique().on("reports").columns(["tenant_id", "identity"]).execute();
  await schema.createIndex("reports_domain").on("reports").columns(["tenant_id", "domain", "end_at"]).execute();
  await schema.createIndex("reports_taken").on("reports").column("taken_at").execute();
  await keyed("report_uses")
    .addColumn("tenant_id", "text", (c) => c.notNull())
    .addColumn("signing_domain", "text", (c) => c.notNull())
    .addColumn("selector", "text", (c) => c.notNull())
    .addColumn("report_seq", int, (c) => c.notNull().references("reports.seq"))
    .addColumn("passed", int, (c) => c.notNull())
    .addColumn("failed", int, (c) => c.notNull())
    .addColumn("sources", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("report_uses_pk", ["tenant_id", "signing_domain", "selector", "report_seq"])
    .execute();
  await schema.createIndex("report_uses_report").on("report_uses").column("report_seq").execute();
}
