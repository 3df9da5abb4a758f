import { bumpChangeCounter } from "./change-counter.ts";
import { pageOf, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, KeyRow, NewKey, Transaction } from "./schema.ts";

/** False when the rotation has a key in this role already (ask `findKeyOfRotation`), or the platform knows the same public half. */
export async function insertKey(trx: Transaction, key: NewKey): Promise<boolean> {
  const changedIn = await bumpChangeCounter(trx);
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("keys")
    .values({ ...key, changedIn })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function findKey(db: Database, tenantId: string, id: string): Promise<KeyRow | undefined> {
  return db.selectFrom("keys").selectAll().where("tenantId", "=", tenantId).where("id", "=", id).executeTakeFirst();
}

/** After a crash between making and storing: whether this slot of the rotation is filled (F-1). */
export async function findKeyOfRotation(
  db: Database,
  tenantId: string,
  rotationId: string,
  role: KeyRow["role"],
): Promise<KeyRow | undefined> {
  return db
    .selectFrom("keys")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("rotationId", "=", rotationId)
    .where("role", "=", role)
    .executeTakeFirst();
}

/** Whether any tenant has a key with this public half. */
export async function isPublicHalfKnown(db: Database, spkiSha256: string): Promise<boolean> {
  const found = await db.selectFrom("keys").select("id").where("spkiSha256", "=", spkiSha256).executeTakeFirst();
  return found !== undefined;
}

/** All keys a claim ever had, oldest first. A few a year: they are read together. */
export async function listKeysOfDomain(db: Database, tenantId: string, domainId: string): Promise<KeyRow[]> {
  return db
    .selectFrom("keys")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("domainId", "=", domainId)
    .orderBy("createdAt")
    .orderBy("id")
    .execute();
}

/** Every selector that was ever given out below a domain, by whichever claim of it: no key name takes a second key (I-4, I-16). */
export async function listSelectorsOfName(db: Database, domain: string): Promise<string[]> {
  const rows = await db
    .selectFrom("keys")
    .innerJoin("domains", "domains.id", "keys.domainId")
    .select("keys.selector")
    .distinct()
    .where("domains.name", "=", domain)
    .execute();
  return rows.map(({ selector }) => selector);
}

/** Of all tenants: keys that are new, or whose facts or private half changed, after change number `change`. */
export async function listKeysChangedAfter(db: Database, change: number, page: PageRequest): Promise<Page<KeyRow>> {
  let query = db.selectFrom("keys").selectAll().where("changedIn", ">", change).orderBy("id").limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return pageOf(await query.execute(), page, ({ id }) => id);
}

/** Destroys the private half for good; the public half stays on record. False when there is no such key. */
export async function destroySealed(trx: Transaction, tenantId: string, id: string): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("keys")
    .set({ sealed: null, changedIn: await bumpChangeCounter(trx) })
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
