import type { Selectable } from "kysely";
import type { RollEntry } from "../../model/rolls/entry.ts";
import { bumpChangeCounter } from "./change-counter.ts";
import { appendKeyEvent, beginRolls, rolledKey } from "./rolls.ts";
import type { KeyFactTable } from "./schema-keys.ts";
import type { Database, KeyFactRow, Transaction } from "./schema.ts";

/** Records what happened to a key, after everything recorded before and in the rolls of its claim, and answers its number. Facts are never changed and never removed. */
export async function appendKeyFact(trx: Transaction, fact: Omit<KeyFactRow, "seq">): Promise<number> {
  const changedIn = await bumpChangeCounter(trx); // also makes appending one at a time, so that no number is drawn twice
  const key = await trx
    .updateTable("keys")
    .set({ changedIn })
    .where("id", "=", fact.keyId)
    .returningAll()
    .executeTakeFirstOrThrow();
  await beginRolls(trx, key.domainId);
  const { last } = await trx
    .selectFrom("keyFacts")
    .select((row) => row.fn.max("seq").as("last"))
    .where("keyId", "=", fact.keyId)
    .executeTakeFirstOrThrow();
  const seq = ((last as number | null) ?? 0) + 1;
  await trx
    .insertInto("keyFacts")
    .values({ ...fact, seq, evidence: JSON.stringify(fact.evidence) })
    .execute();
  const { keyId: about, kind, at, trustedMs } = fact;
  const evidence = JSON.parse(JSON.stringify(fact.evidence)) as RollEntry["evidence"];
  await appendKeyEvent(trx, key.domainId, {
    about,
    kind,
    at,
    trustedMs,
    evidence,
    ...(seq === 1 && { key: rolledKey(key) }),
  });
  return seq;
}

/** The facts of these keys of one tenant, each key's in order. At most a page of keys at a time. */
export async function listKeyFacts(db: Database, tenantId: string, keyIds: readonly string[]): Promise<KeyFactRow[]> {
  if (keyIds.length === 0) return [];
  const rows = await db
    .selectFrom("keyFacts")
    .innerJoin("keys", "keys.id", "keyFacts.keyId")
    .selectAll("keyFacts")
    .where("keys.tenantId", "=", tenantId)
    .where("keyFacts.keyId", "in", keyIds)
    .orderBy("keyFacts.keyId")
    .orderBy("keyFacts.seq")
    .execute();
  return rows.map(opened);
}

/** The facts of these keys, of whatever tenant: for followers that load the keys of all. */
export async function listKeyFactsOfAll(db: Database, keyIds: readonly string[]): Promise<KeyFactRow[]> {
  if (keyIds.length === 0) return [];
  const rows = await db
    .selectFrom("keyFacts")
    .selectAll()
    .where("keyId", "in", keyIds)
    .orderBy("keyId")
    .orderBy("seq")
    .execute();
  return rows.map(opened);
}

function opened(row: Selectable<KeyFactTable>): KeyFactRow {
  return { ...row, evidence: JSON.parse(row.evidence) as unknown };
}
