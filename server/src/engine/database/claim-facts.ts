import type { Selectable } from "kysely";
import type { ClaimFactTable } from "./schema-claims.ts";
import type { Database, Transaction } from "./schema.ts";

export type ClaimFactRow = Omit<Selectable<ClaimFactTable>, "evidence"> & { evidence: unknown };

/**
 * Records what happened to a claim, after everything recorded before. Facts are never changed and never removed. The claim's row has to be
 * locked (`lockDomain`, `fenced`), so that no number is drawn twice.
 */
export async function appendClaimFact(trx: Transaction, fact: Omit<ClaimFactRow, "seq">): Promise<void> {
  const { last } = await trx
    .selectFrom("claimFacts")
    .select((row) => row.fn.max("seq").as("last"))
    .where("domainId", "=", fact.domainId)
    .executeTakeFirstOrThrow();
  const seq = ((last as number | null) ?? 0) + 1;
  await trx
    .insertInto("claimFacts")
    .values({ ...fact, seq, evidence: JSON.stringify(fact.evidence) })
    .execute();
}

/** The facts of a claim of this tenant, in order. */
export async function listClaimFacts(db: Database, tenantId: string, domainId: string): Promise<ClaimFactRow[]> {
  const rows = await db
    .selectFrom("claimFacts")
    .innerJoin("domains", "domains.id", "claimFacts.domainId")
    .selectAll("claimFacts")
    .where("domains.tenantId", "=", tenantId)
    .where("domains.id", "=", domainId)
    .orderBy("claimFacts.seq")
    .execute();
  return rows.map((row) => ({ ...row, evidence: JSON.parse(row.evidence) as unknown }));
}

/** Notes that the proof was looked at. A look that is older than what is stored changes nothing. */
export async function putClaimLook(trx: Transaction, domainId: string, lookedMs: number): Promise<void> {
  await trx
    .insertInto("claimLooks")
    .values({ domainId, lookedMs })
    .onConflict((conflict) =>
      conflict.column("domainId").doUpdateSet({ lookedMs }).where("claimLooks.lookedMs", "<", lookedMs),
    )
    .execute();
}

/** When the proof of this tenant's claim was last looked at, on the trusted clock; undefined: never. */
export async function findClaimLook(db: Database, tenantId: string, domainId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom("claimLooks")
    .innerJoin("domains", "domains.id", "claimLooks.domainId")
    .select("lookedMs")
    .where("domains.tenantId", "=", tenantId)
    .where("domains.id", "=", domainId)
    .executeTakeFirst();
  return row?.lookedMs;
}
