import { sql } from "kysely";
import { numberedCursor, pageOf, readNumberedCursor, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, NewRotation, RotationRow, Transaction } from "./schema.ts";

/** Records a request for a successor. False when a rotation of this id exists: the request was made before. */
export async function insertRotation(trx: Transaction, rotation: NewRotation): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("rotations")
    .values({ ...rotation, seq: nextSeq(rotation.domainId) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

const nextSeq = (domainId: string) =>
  sql<number>`(select coalesce(max(seq), 0) + 1 from rotations where domain_id = ${domainId})`;

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

/** A claim's rotations in the order of their requests; those of one second in the order in which they were recorded. */
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
    .orderBy("seq")
    .orderBy("id")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) {
    const { number: at, text } = readNumberedCursor(page.after);
    const { number: seq, text: id } = readNumberedCursor(text);
    query = query.where((row) => row(row.refTuple("requestedAt", "seq", "id"), ">", row.tuple(at, seq, id)));
  }
  return pageOf(await query.execute(), page, ({ requestedAt, seq, id }) =>
    numberedCursor(requestedAt, numberedCursor(seq, id)),
  );
}
