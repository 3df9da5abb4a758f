import type { Database, Transaction } from "./schema.ts";

const numbers = new WeakMap<Transaction, Promise<number>>();

/**
 * Numbers the transaction as the next change that followers see, and answers the number. Repeated calls within a transaction answer the same,
 * so every write to a followed table calls it by itself. From here to its end no other change runs: changes are numbered in the order
 * in which they become visible, and "all rows with `changedIn` above what I have seen" never misses one.
 */
export async function bumpChangeCounter(trx: Transaction): Promise<number> {
  const known = numbers.get(trx);
  if (known !== undefined) return known;
  const number = trx
    .updateTable("changeCounter")
    .set((row) => ({ value: row("value", "+", 1) }))
    .returning("value")
    .executeTakeFirstOrThrow()
    .then(({ value }) => value);
  numbers.set(trx, number);
  return number;
}

/** The number of the last committed change. */
export async function readChangeCounter(db: Database): Promise<number> {
  const { value } = await db.selectFrom("changeCounter").select("value").executeTakeFirstOrThrow();
  return value;
}
