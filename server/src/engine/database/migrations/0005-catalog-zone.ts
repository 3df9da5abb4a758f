import { type Kysely, sql } from "kysely";

/** A zone of kind `catalog` lists the others for secondaries: one at most is served, and it is found without reading all zones. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create unique index zones_catalog on zones (kind) where kind = 'catalog' and removed_at is null`.execute(
    db,
  );
}
