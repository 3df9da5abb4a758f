import type { Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** A rotation can be called off before it came to a switch; when, on the trusted clock. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema, int } = dialectOf(db);
  await schema.alterTable("rotations").addColumn("aborted_trusted_ms", int).execute();
}
