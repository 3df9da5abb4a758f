import { sql } from "kysely";
import type { Database, KeyUseRow, Transaction } from "./schema.ts";

const daySeconds = 86_400;
/** Rows of one statement: far below what both databases take. */
const rowsMax = 500;
/** In an order that all signers share, so that two of them never wait for each other. */
const inOrder = (uses: readonly KeyUseRow[]): KeyUseRow[] =>
  uses.toSorted((a, b) => (a.keyId < b.keyId ? -1 : Number(a.keyId > b.keyId)));

/** Adds what a signer has signed since it last told. */
export async function addKeyUses(trx: Transaction, uses: readonly KeyUseRow[]): Promise<void> {
  const rows = inOrder(uses);
  for (let at = 0; at < rows.length; at += rowsMax) {
    const some = rows.slice(at, at + rowsMax);
    await trx
      .insertInto("keyUses")
      .values(some)
      .onConflict((conflict) =>
        conflict.column("keyId").doUpdateSet({
          signatures: sql`key_uses.signatures + excluded.signatures`,
          firstAt: sql`case when excluded.first_at < key_uses.first_at then excluded.first_at else key_uses.first_at end`,
          lastAt: sql`case when excluded.last_at > key_uses.last_at then excluded.last_at else key_uses.last_at end`,
        }),
      )
      .execute();
    await trx
      .insertInto("keyUseDays")
      .values(
        some.map(({ keyId, lastAt, signatures }) => ({ keyId, day: Math.floor(lastAt / daySeconds), signatures })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(["keyId", "day"])
          .doUpdateSet({ signatures: sql`key_use_days.signatures + excluded.signatures` }),
      )
      .execute();
  }
}

/** Of these uses those of keys that nobody had told of for so long: first signatures after a pause, or ever. */
export async function firstAfterPause(
  db: Database,
  uses: readonly KeyUseRow[],
  pauseSeconds: number,
): Promise<string[]> {
  const before = new Map<string, number>();
  for (let at = 0; at < uses.length; at += rowsMax) {
    const ids = uses.slice(at, at + rowsMax).map(({ keyId }) => keyId);
    const rows = await db.selectFrom("keyUses").select(["keyId", "lastAt"]).where("keyId", "in", ids).execute();
    for (const { keyId, lastAt } of rows) before.set(keyId, lastAt);
  }
  return uses.flatMap(({ keyId, firstAt }) => (firstAt - (before.get(keyId) ?? 0) > pauseSeconds ? [keyId] : []));
}

/** What was signed with each key of a claim, by key. One that is missing never signed, as far as the signers have told. */
export async function usesOfDomain(
  db: Database | Transaction,
  tenantId: string,
  domainId: string,
): Promise<Map<string, KeyUseRow>> {
  const rows = await db
    .selectFrom("keyUses")
    .innerJoin("keys", "keys.id", "keyUses.keyId")
    .selectAll("keyUses")
    .where("keys.tenantId", "=", tenantId)
    .where("keys.domainId", "=", domainId)
    .execute();
  return new Map(rows.map((row) => [row.keyId, row]));
}

/** How many signatures each key of a claim made since a day, by key. */
export async function usesOfDomainSince(
  db: Database | Transaction,
  tenantId: string,
  domainId: string,
  since: number,
): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("keyUseDays")
    .innerJoin("keys", "keys.id", "keyUseDays.keyId")
    .select(({ fn }) => ["keyUseDays.keyId", fn.sum<number | string>("keyUseDays.signatures").as("signatures")])
    .where("keys.tenantId", "=", tenantId)
    .where("keys.domainId", "=", domainId)
    .where("keyUseDays.day", ">=", Math.floor(since / daySeconds))
    .groupBy("keyUseDays.keyId")
    .execute();
  return new Map(rows.map(({ keyId, signatures }) => [keyId, Number(signatures)]));
}

/** The days of long ago go; the totals stay. */
export async function pruneKeyUseDays(db: Database, before: number): Promise<void> {
  await db
    .deleteFrom("keyUseDays")
    .where("day", "<", Math.floor(before / daySeconds))
    .execute();
}
