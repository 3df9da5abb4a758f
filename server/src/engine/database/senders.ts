import { bumpChangeCounter } from "./change-counter.ts";
import { pageOf, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, SenderRow, Transaction } from "./schema.ts";

/** False when a sender of this kind and name exists, whoever's: a login names one tenant. */
export async function insertSender(
  trx: Transaction,
  sender: Omit<SenderRow, "changedIn" | "removedAt" | "stream"> & { stream?: string },
): Promise<boolean> {
  const changedIn = await bumpChangeCounter(trx);
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("senders")
    .values({ ...sender, changedIn })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Who logs in by this name: the answer says for which tenant. */
export async function findSenderByName(
  db: Database,
  kind: SenderRow["kind"],
  name: string,
): Promise<SenderRow | undefined> {
  return db
    .selectFrom("senders")
    .selectAll()
    .where("kind", "=", kind)
    .where("name", "=", name)
    .where("removedAt", "is", null)
    .executeTakeFirst();
}

/** The tenant's senders that are not removed. */
export async function listSenders(db: Database, tenantId: string, page: PageRequest): Promise<Page<SenderRow>> {
  let query = db
    .selectFrom("senders")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("removedAt", "is", null)
    .orderBy("id")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return pageOf(await query.execute(), page, ({ id }) => id);
}

/** Of all tenants, removed ones included: what a follower has to look at after change number `change`. */
export async function listSendersChangedAfter(
  db: Database,
  change: number,
  page: PageRequest,
): Promise<Page<SenderRow>> {
  let query = db
    .selectFrom("senders")
    .selectAll()
    .where("changedIn", ">", change)
    .orderBy("id")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return pageOf(await query.execute(), page, ({ id }) => id);
}

/** False when the tenant has no such sender. */
export async function removeSender(trx: Transaction, tenantId: string, id: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("senders")
    .set({ removedAt: at, changedIn: await bumpChangeCounter(trx) })
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .where("removedAt", "is", null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
