import type { Selectable } from "kysely";
import { pageOf, readNumberedCursor, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { AuditLogRow, AuditLogTable, Database, Transaction } from "./schema.ts";

/** Records who did what, in the transaction that does it: without the entry there is no change. */
export async function appendAuditLog(trx: Transaction, entry: Omit<AuditLogRow, "seq">): Promise<void> {
  await trx
    .insertInto("auditLog")
    .values({ ...entry, detail: JSON.stringify(entry.detail) })
    .execute();
}

/** Newest first: one tenant's entries, or with `tenantId` undefined everybody's, for operators. */
export async function listAuditLog(
  db: Database,
  tenantId: string | undefined,
  page: PageRequest,
): Promise<Page<AuditLogRow>> {
  let query = db.selectFrom("auditLog").selectAll().orderBy("seq", "desc").limit(rowsToFetch(page));
  if (tenantId !== undefined) query = query.where("tenantId", "=", tenantId);
  if (page.after !== undefined) query = query.where("seq", "<", readNumberedCursor(page.after).number);
  return pageOf((await query.execute()).map(opened), page, ({ seq }) => String(seq));
}

function opened(row: Selectable<AuditLogTable>): AuditLogRow {
  return { ...row, detail: JSON.parse(row.detail) as unknown };
}
