import { type Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** What was decided about rotations, for a tenant (`domain_id` is empty) or a domain; and rotations that ask for a second signature. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { keyed, int, schema } = dialectOf(db);
  await keyed("rotation_policies")
    .addColumn("tenant_id", "text", (c) => c.notNull().references("tenants.id"))
    .addColumn("domain_id", "text", (c) => c.notNull())
    .addColumn("fields", "text", (c) => c.notNull())
    .addColumn("updated_at", int, (c) => c.notNull())
    .addColumn("updated_by", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("rotation_policies_pk", ["tenant_id", "domain_id"])
    .execute();
  await schema
    .alterTable("rotations")
    .addColumn("dual", int, (c) => c.notNull().defaultTo(0))
    .execute();
}
