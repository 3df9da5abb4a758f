import { type Kysely, sql } from "kysely";

/** A claim can move from one delegation method to another: each key remembers the one it was made under. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("domains")
    .addColumn("options", "text", (c) => c.notNull().defaultTo("{}"))
    .execute();
  await db.schema
    .alterTable("keys")
    .addColumn("method", "text", (c) => c.notNull().defaultTo("cname-ring"))
    .execute();
  await sql`update keys set method = (select method from domains where domains.id = keys.domain_id)`.execute(db);
}
