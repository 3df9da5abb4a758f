import { createHash, randomBytes } from "node:crypto";
import type { FastifyReply } from "fastify";
import type { Database } from "../../engine/database/schema.ts";
import { decrypt, encrypt } from "../../engine/keystore/aes-gcm.ts";
import type { Kek } from "../../engine/keystore/kek.ts";
import { Refusal } from "../../service/refusal.ts";
import type { Caller } from "./handler.ts";

/** How long an answer is kept for a repeated request. */
export const idempotencySeconds = 24 * 3600;

/** Answers kept by tenant and key. */
export type IdempotencyStore = {
  /** Takes the key for this request, or tells what stands there. */
  begin(entry: {
    key: string;
    tenantId: string;
    requestHash: string;
  }): Promise<{ taken: true } | { taken: false; requestHash: string; response: string | null }>;
  finish(entry: { key: string; tenantId: string }, response: string): Promise<void>;
  forget(entry: { key: string; tenantId: string }): Promise<void>;
};

/**
 * Runs a POST once for each Idempotency-Key: the same request again gets the same answer, another request under the same
 * key is refused, and a request that is refused or fails leaves the key free.
 */
export async function replayed(
  store: IdempotencyStore,
  request: { key: string; caller: Caller; operation: string; body: unknown },
  run: () => Promise<unknown>,
  reply: FastifyReply,
): Promise<unknown> {
  const entry = { key: request.key.slice(0, 255), tenantId: request.caller.tenantId };
  const requestHash = createHash("sha256")
    .update(`${request.operation}\n${JSON.stringify(request.body ?? null)}`)
    .digest("hex");
  const found = await store.begin({ ...entry, requestHash });
  if (!found.taken) {
    if (found.requestHash !== requestHash)
      throw new Refusal("invalid-input", "this Idempotency-Key was used for another request");
    if (found.response === null)
      throw new Refusal("not-ready", "the first request with this Idempotency-Key is still under way", {
        retryAfterSeconds: 1,
      });
    void reply.header("idempotency-replayed", "true");
    return JSON.parse(found.response) as unknown;
  }
  try {
    const answer = await run();
    await store.finish(entry, JSON.stringify(answer));
    return answer;
  } catch (error) {
    await store.forget(entry);
    throw error;
  }
}

/**
 * Kept in the database, so that every API process knows them, and sealed: an answer may hold a token or a password, which
 * nothing else keeps. A request that was cut off leaves its key taken without an
 * answer until it is forgotten: whether it was carried out is unknown, and the caller has to look.
 */
export function databaseIdempotency(db: Database, kek: Kek, now: () => number): IdempotencyStore {
  const row = ({ key, tenantId }: { key: string; tenantId: string }) =>
    db
      .selectFrom("idempotency")
      .select(["requestHash", "response"])
      .where("tenantId", "=", tenantId)
      .where("key", "=", key);
  return {
    begin: async ({ key, tenantId, requestHash }) => {
      await db
        .deleteFrom("idempotency")
        .where("createdAt", "<", now() - idempotencySeconds)
        .execute();
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("idempotency")
        .values({ tenantId, key, requestHash, createdAt: now() })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows === 1n) return { taken: true };
      const found = await row({ key, tenantId }).executeTakeFirst();
      const sealed = found?.response ?? null;
      const response = sealed === null ? null : await openAnswer(kek, { key, tenantId }, sealed);
      return { taken: false, requestHash: found?.requestHash ?? requestHash, response };
    },
    finish: async ({ key, tenantId }, response) => {
      await db
        .updateTable("idempotency")
        .set({ status: 200, response: await sealAnswer(kek, { key, tenantId }, response) })
        .where("tenantId", "=", tenantId)
        .where("key", "=", key)
        .execute();
    },
    forget: async ({ key, tenantId }) => {
      await db.deleteFrom("idempotency").where("tenantId", "=", tenantId).where("key", "=", key).execute();
    },
  };
}

type Entry = { key: string; tenantId: string };
const aadOf = ({ key, tenantId }: Entry): Buffer =>
  Buffer.from(JSON.stringify(["chancery idempotency v1", tenantId, key]));

async function sealAnswer(kek: Kek, entry: Entry, answer: string): Promise<string> {
  const dataKey = randomBytes(32);
  const wrapped = await kek.wrap(dataKey, aadOf(entry));
  const sealed = encrypt(dataKey, Buffer.from(answer), aadOf(entry));
  return JSON.stringify({ wrapped: Buffer.from(wrapped).toString("base64"), sealed: sealed.toString("base64") });
}

/** Null when it does not open: whether the request was carried out is known no longer. */
async function openAnswer(kek: Kek, entry: Entry, stored: string): Promise<string | null> {
  const { wrapped, sealed } = JSON.parse(stored) as { wrapped: string; sealed: string };
  const dataKey = await kek.unwrap(Buffer.from(wrapped, "base64"), aadOf(entry));
  if (dataKey === undefined) return null;
  return decrypt(dataKey, Buffer.from(sealed, "base64"), aadOf(entry))?.toString() ?? null;
}
