import type { Kysely } from "kysely";
import { dialectOf } from "./dialect.ts";

/** Rotations of one second in the order in which they were recorded; rollouts that go through streams. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { int, schema } = dialectOf(db);
  await schema
    .alterTable("rotations")
    .addColumn("seq", int, (c) => c.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable("rollout_domains")
    .addColumn("stream", "text", (c) => c.notNull().defaultTo(""))
    .execute();
}
