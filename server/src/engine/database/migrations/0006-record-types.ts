import { type Kysely, sql } from "kysely";

/** Delegations are few among many records: whoever changes an address looks whether one of them needs it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index records_delegations on records (zone_id) where type = 2`.execute(db);
}
