import { bumpChangeCounter } from "./change-counter.ts";
import type { AliasFactRow, Database, Transaction } from "./schema.ts";

/** Records what happened to an alias, after everything recorded before. Facts are never changed and never removed. */
export async function appendAliasFact(trx: Transaction, fact: Omit<AliasFactRow, "seq">): Promise<void> {
  await bumpChangeCounter(trx); // also makes appending one at a time, so that no number is drawn twice
  const { last } = await trx
    .selectFrom("aliasFacts")
    .select((row) => row.fn.max("seq").as("last"))
    .where("domainId", "=", fact.domainId)
    .where("selector", "=", fact.selector)
    .executeTakeFirstOrThrow();
  const seq = ((last as number | null) ?? 0) + 1;
  await trx
    .insertInto("aliasFacts")
    .values({ ...fact, seq, evidence: JSON.stringify(fact.evidence) })
    .execute();
}

/** The facts of all aliases of a claim of this tenant, each alias's in order. */
export async function listAliasFacts(db: Database, tenantId: string, domainId: string): Promise<AliasFactRow[]> {
  const rows = await db
    .selectFrom("aliasFacts")
    .innerJoin("domains", "domains.id", "aliasFacts.domainId")
    .selectAll("aliasFacts")
    .where("domains.tenantId", "=", tenantId)
    .where("domains.id", "=", domainId)
    .orderBy("aliasFacts.selector")
    .orderBy("aliasFacts.seq")
    .execute();
  return rows.map((row) => ({ ...row, evidence: JSON.parse(row.evidence) as unknown }));
}
