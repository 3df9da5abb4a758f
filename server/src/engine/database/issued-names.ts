import type { Database, IssuedNameRow, Transaction } from "./schema.ts";

/** Gives a name to a claim for ever. False when it was ever given before: draw another. There is no way to take one back (I-16). */
export async function issueName(trx: Transaction, issued: IssuedNameRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("issuedNames")
    .values(issued)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Names given to a claim of this tenant, by slot. */
export async function listIssuedNames(db: Database, tenantId: string, domainId: string): Promise<IssuedNameRow[]> {
  return db
    .selectFrom("issuedNames")
    .innerJoin("domains", "domains.id", "issuedNames.domainId")
    .selectAll("issuedNames")
    .where("domains.tenantId", "=", tenantId)
    .where("domains.id", "=", domainId)
    .orderBy("issuedNames.slot")
    .orderBy("issuedNames.name")
    .execute();
}
