import { numberedCursor, pageOf, readNumberedCursor, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, NewRotation, RotationRow, Transaction } from "./schema.ts";

/** Records a request for a successor. False when a rotation of this id exists: the request was made before. */
export async function insertRotation(trx: Transaction, rotation: NewRotation): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("rotations")
    .values(rotation)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Notes that a rotation was called off. It is not carried out from then on. */
export async function abortRotation(trx: Transaction, id: string, abortedTrustedMs: number): Promise<void> {
  await trx.updateTable("rotations").set({ abortedTrustedMs }).where("id", "=", id).execute();
}

export async function findRotation(db: Database, tenantId: string, id: string): Promise<RotationRow | undefined> {
  return db
    .selectFrom("rotations")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** A claim's rotations in the order of their requests. */
export async function listRotations(
  db: Database,
  tenantId: string,
  domainId: string,
  page: PageRequest,
): Promise<Page<RotationRow>> {
  let query = db
    .selectFrom("rotations")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("domainId", "=", domainId)
    .orderBy("requestedAt")
    .orderBy("id")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) {
    const { number, text } = readNumberedCursor(page.after);
    query = query.where((row) => row(row.refTuple("requestedAt", "id"), ">", row.tuple(number, text)));
  }
  return pageOf(await query.execute(), page, ({ requestedAt, id }) => numberedCursor(requestedAt, id));
}
