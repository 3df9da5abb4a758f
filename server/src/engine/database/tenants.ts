import { sql } from "kysely";
import { bumpChangeCounter } from "./change-counter.ts";
import { pageOf, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, TenantRow, Transaction } from "./schema.ts";

/** False when the name is taken. */
export async function insertTenant(db: Database, tenant: Omit<TenantRow, "removedAt">): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("tenants")
    .values(tenant)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Takes a tenant's name and tokens away for good. The row stays, since keys in the grave belong to it. */
export async function markTenantRemoved(trx: Transaction, id: string, at: number): Promise<void> {
  await trx
    .updateTable("tokens")
    .set({ revokedAt: at })
    .where("tenantId", "=", id)
    .where("revokedAt", "is", null)
    .execute();
  await trx
    .updateTable("senders")
    .set({ removedAt: at, changedIn: await bumpChangeCounter(trx) })
    .where("tenantId", "=", id)
    .where("removedAt", "is", null)
    .execute();
  await trx
    .updateTable("tenants")
    .set((row) => ({ name: sql<string>`${row.ref("name")} || ${` (removed ${id})`}`, removedAt: at }))
    .where("id", "=", id)
    .execute();
}

export async function findTenant(db: Database, id: string): Promise<TenantRow | undefined> {
  return db.selectFrom("tenants").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function findTenantByName(db: Database, name: string): Promise<TenantRow | undefined> {
  return db
    .selectFrom("tenants")
    .selectAll()
    .where("name", "=", name)
    .where("removedAt", "is", null)
    .executeTakeFirst();
}

/** By name. */
export async function listTenants(db: Database, page: PageRequest): Promise<Page<TenantRow>> {
  let query = db
    .selectFrom("tenants")
    .selectAll()
    .where("removedAt", "is", null)
    .orderBy("name")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("name", ">", page.after);
  return pageOf(await query.execute(), page, ({ name }) => name);
}
