import { pageOf, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, TenantRow } from "./schema.ts";

/** False when the name is taken. */
export async function insertTenant(db: Database, tenant: TenantRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("tenants")
    .values(tenant)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function findTenant(db: Database, id: string): Promise<TenantRow | undefined> {
  return db.selectFrom("tenants").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function findTenantByName(db: Database, name: string): Promise<TenantRow | undefined> {
  return db.selectFrom("tenants").selectAll().where("name", "=", name).executeTakeFirst();
}

/** By name. */
export async function listTenants(db: Database, page: PageRequest): Promise<Page<TenantRow>> {
  let query = db.selectFrom("tenants").selectAll().orderBy("name").limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("name", ">", page.after);
  return pageOf(await query.execute(), page, ({ name }) => name);
}
