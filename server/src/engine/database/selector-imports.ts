import type { SelectorImport } from "../../model/delegation/selector-import.ts";
import type { Database, Transaction } from "./schema.ts";

/** What a claim takes over of other vendors' selectors; undefined: nobody has looked for them. */
export async function findSelectorImport(db: Database, domainId: string): Promise<SelectorImport | undefined> {
  const row = await db.selectFrom("selectorImports").selectAll().where("domainId", "=", domainId).executeTakeFirst();
  if (row === undefined) return undefined;
  const { domainId: _, node, wildcard, selectors, ...times } = row;
  return {
    ...times,
    node: node as SelectorImport["node"],
    wildcard: wildcard === 1,
    selectors: JSON.parse(selectors) as SelectorImport["selectors"],
  };
}

export async function putSelectorImport(trx: Transaction, domainId: string, taken: SelectorImport): Promise<void> {
  const row = { ...taken, wildcard: taken.wildcard ? 1 : 0, selectors: JSON.stringify(taken.selectors) };
  await trx
    .insertInto("selectorImports")
    .values({ domainId, ...row })
    .onConflict((conflict) => conflict.column("domainId").doUpdateSet(row))
    .execute();
}

/** Forgets it: the claim is about to be delegated anew. */
export async function removeSelectorImport(trx: Transaction, domainId: string): Promise<void> {
  await trx.deleteFrom("selectorImports").where("domainId", "=", domainId).execute();
}
