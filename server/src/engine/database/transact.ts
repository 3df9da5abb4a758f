import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import { DatabaseUnavailable, isRepeatable, isUniqueViolation } from "./faults.ts";
import type { Database, Transaction } from "./schema.ts";

const ATTEMPTS_MAX = 8;
const PAUSE_MS = 10;

/**
 * Runs `work` in one transaction and commits it. When the database asks for a repetition (serialization failure, deadlock) the whole of `work`
 * runs again, a bounded number of times, so it must do nothing outside the transaction. A lost connection is never repeated: whether it
 * committed is unknown, and only the caller can find out.
 *
 * On PostgreSQL transactions run side by side. What is decided by reading needs a row locked first: `fenced` for a domain, `bumpChangeCounter`
 * for everything that followers read; in this order, or two may wait for each other for a second until one is repeated.
 */
export async function transact<T>(db: Database, work: (trx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().setIsolationLevel("read committed").execute(work);
    } catch (error) {
      if (!isRepeatable(error)) throw error;
      if (attempt === ATTEMPTS_MAX) {
        throw new DatabaseUnavailable(`gave way to other transactions ${ATTEMPTS_MAX} times`, { cause: error });
      }
    }
    await pause(PAUSE_MS * 2 ** attempt * Math.random());
  }
}

/**
 * Runs one write that a unique index may refuse; undefined when it did. Without the savepoint PostgreSQL would give up the whole
 * transaction.
 */
export async function unlessTaken<T extends object>(trx: Transaction, write: () => Promise<T>): Promise<T | undefined> {
  await sql`savepoint unless_taken`.execute(trx);
  try {
    const result = await write();
    await sql`release savepoint unless_taken`.execute(trx);
    return result;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    await sql`rollback to savepoint unless_taken`.execute(trx);
    return undefined;
  }
}
