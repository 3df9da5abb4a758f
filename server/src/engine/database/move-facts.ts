import { bumpChangeCounter } from "./change-counter.ts";
import type { Database, MoveFactRow, Transaction } from "./schema.ts";

/** Records what happened in a claim's move, after everything recorded before. Facts are never changed and never removed. */
export async function appendMoveFact(trx: Transaction, fact: Omit<MoveFactRow, "seq">): Promise<void> {
  const changedIn = await bumpChangeCounter(trx); // also makes appending one at a time, so that no number is drawn twice
  await trx.updateTable("domains").set({ changedIn }).where("id", "=", fact.domainId).execute();
  const { last } = await trx
    .selectFrom("moveFacts")
    .select((row) => row.fn.max("seq").as("last"))
    .where("domainId", "=", fact.domainId)
    .executeTakeFirstOrThrow();
  const seq = ((last as number | null) ?? 0) + 1;
  await trx
    .insertInto("moveFacts")
    .values({ ...fact, seq, evidence: JSON.stringify(fact.evidence) })
    .execute();
}

/** The facts of a claim of this tenant, in order. */
export async function listMoveFacts(db: Database, tenantId: string, domainId: string): Promise<MoveFactRow[]> {
  const rows = await db
    .selectFrom("moveFacts")
    .innerJoin("domains", "domains.id", "moveFacts.domainId")
    .selectAll("moveFacts")
    .where("domains.tenantId", "=", tenantId)
    .where("moveFacts.domainId", "=", domainId)
    .orderBy("moveFacts.seq")
    .execute();
  return rows.map((row) => ({ ...row, evidence: JSON.parse(row.evidence) as unknown }));
}
