import type { Database, Transaction } from "./schema.ts";

export type KeptResponse = { requestHash: string; status: number; response: string };

/**
 * First statement of the transaction that carries a request out: "reserved" when nobody used the key before, else the answer given then. A
 * request with the same key that runs at this moment is waited for. `tenantId` is "" for a token that acts for every tenant.
 */
export async function reserveIdempotencyKey(
  trx: Transaction,
  request: { tenantId: string; key: string; requestHash: string; now: number },
): Promise<"reserved" | KeptResponse> {
  const { tenantId, key, requestHash, now } = request;
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("idempotency")
    .values({ tenantId, key, requestHash, createdAt: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 1n) return "reserved";
  const kept = await findResponse(trx, tenantId, key);
  if (kept === undefined) throw new Error("a reserved idempotency key was committed without its response");
  return kept;
}

/** Last statement of that transaction: what was answered. */
export async function keepResponse(
  trx: Transaction,
  answered: { tenantId: string; key: string; status: number; response: string },
): Promise<void> {
  const { tenantId, key, status, response } = answered;
  await trx
    .updateTable("idempotency")
    .set({ status, response })
    .where("tenantId", "=", tenantId)
    .where("key", "=", key)
    .execute();
}

export async function findResponse(db: Database, tenantId: string, key: string): Promise<KeptResponse | undefined> {
  const row = await db
    .selectFrom("idempotency")
    .select(["requestHash", "status", "response"])
    .where("tenantId", "=", tenantId)
    .where("key", "=", key)
    .executeTakeFirst();
  if (row === undefined || row.status === null || row.response === null) return undefined;
  return { requestHash: row.requestHash, status: row.status, response: row.response };
}

/** Forgets answers given before `before`; how many. */
export async function forgetResponses(db: Database, before: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("idempotency").where("createdAt", "<", before).executeTakeFirst();
  return Number(numDeletedRows);
}
