import type { Selectable } from "kysely";
import { pageOf, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, Transaction, WatchRow } from "./schema.ts";
import type { WatchTable } from "./schema-watches.ts";

export type NewWatch = Pick<
  WatchRow,
  "id" | "tenantId" | "name" | "intervalSeconds" | "selectors" | "challengeToken" | "createdAt" | "dueAt"
>;

/** False when the tenant watches this name already. Others may watch it too. */
export async function insertWatch(db: Database, watch: NewWatch): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("watches")
    .values({ ...watch, selectors: JSON.stringify(watch.selectors), look: 0, apartAt: 0, earlyLooks: 0, rev: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function findWatchByName(db: Database, tenantId: string, name: string): Promise<WatchRow | undefined> {
  const row = await db
    .selectFrom("watches")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("name", "=", name)
    .executeTakeFirst();
  return row && opened(row);
}

/** The tenant's watches, by name. */
export async function listWatches(db: Database, tenantId: string, page: PageRequest): Promise<Page<WatchRow>> {
  let query = db
    .selectFrom("watches")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .orderBy("name")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("name", ">", page.after);
  return pageOf((await query.execute()).map(opened), page, ({ name }) => name);
}

/** Forgets a watch and all that it saw. A worker that is just looking writes nothing more. False when there is none. */
export async function removeWatch(trx: Transaction, tenantId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom("watches")
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

export function opened(row: Selectable<WatchTable>): WatchRow {
  return { ...row, selectors: JSON.parse(row.selectors) as string[] };
}
