import { TYPE, txtData } from "chancery/dns";
import type { Page, PageRequest } from "./page.ts";
import { pageOf, rowsToFetch } from "./page.ts";
import type { Database, DisclosedKeyRow, KeyRow, Transaction } from "./schema.ts";

/** Makes a private half public. What was made public stays as it is. */
export async function insertDisclosedKey(trx: Transaction, disclosed: DisclosedKeyRow): Promise<void> {
  await trx
    .insertInto("disclosedKeys")
    .values(disclosed)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Whether any zone of ours, an operator's included, still has a TXT record that is this key's. */
export async function isCarriedByRecord(db: Database, { record }: Pick<KeyRow, "record">): Promise<boolean> {
  const found = await db
    .selectFrom("records")
    .select("seq")
    .where("type", "=", TYPE.TXT)
    .where("data", "=", Buffer.from(txtData(record)).toString("base64"))
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** What is told of a key with its private half: nothing that was not public, and whose it was does not matter any more. */
export type DisclosedKey = Pick<KeyRow, "selector" | "keyName" | "algorithm" | "record"> & DisclosedKeyRow;

/** The disclosed keys of a domain, of whichever claims of it. */
export async function listDisclosedKeys(db: Database, domain: string, page: PageRequest): Promise<Page<DisclosedKey>> {
  let query = db
    .selectFrom("disclosedKeys")
    .innerJoin("keys", "keys.id", "disclosedKeys.keyId")
    .innerJoin("domains", "domains.id", "keys.domainId")
    .selectAll("disclosedKeys")
    .select(["keys.selector", "keys.keyName", "keys.algorithm", "keys.record"])
    .where("domains.name", "=", domain)
    .orderBy("disclosedKeys.keyId")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("disclosedKeys.keyId", ">", page.after);
  return pageOf(await query.execute(), page, ({ keyId }) => keyId);
}
