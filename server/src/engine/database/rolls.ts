import {
  beforeFirst,
  type ClaimEvent,
  entryLine,
  hashOfLine,
  readEntry,
  type RolledKey,
  type RollEntry,
} from "../../model/rolls/entry.ts";
import { bumpChangeCounter } from "./change-counter.ts";
import type { Database, DisclosedKeyRow, KeyRow, RollRow, Transaction } from "./schema.ts";

/** What is added to the rolls; its place in the chain is found here. */
type NewEntry = Pick<RollEntry, "trustedMs" | "about" | "kind" | "evidence"> & {
  at: number | undefined;
  key?: RolledKey;
};

/**
 * Records what happened to a claim, in the transaction in which it happens and after `beginRolls`. `at` undefined: at some
 * moment after the entry before, whose time it gets.
 */
export async function appendClaimEvent(
  trx: Transaction,
  domainId: string,
  kind: ClaimEvent,
  at: number | undefined,
  evidence: RollEntry["evidence"] = {},
): Promise<void> {
  await append(trx, domainId, [{ at, trustedMs: null, about: "claim", kind, evidence }]);
}

/** Records what happened to a key, in the transaction that writes the fact; the rolls have to have begun before it. */
export const appendKeyEvent = (trx: Transaction, domainId: string, entry: NewEntry): Promise<void> =>
  append(trx, domainId, [entry]);

/**
 * Makes the rolls of a claim that has none: its beginning, and whatever was recorded before there were rolls. Called before
 * anything is written that is to be appended, so that nothing stands there twice.
 */
export async function beginRolls(trx: Transaction, domainId: string): Promise<void> {
  await bumpChangeCounter(trx); // from here on nobody else appends
  const first = await trx
    .selectFrom("rolls")
    .select("seq")
    .where("domainId", "=", domainId)
    .limit(1)
    .executeTakeFirst();
  if (first !== undefined) return;
  const claim = await trx.selectFrom("domains").selectAll().where("id", "=", domainId).executeTakeFirst();
  if (claim === undefined) return;
  const { method, createdAt, verifiedAt, suspendedAt, releasedAt } = claim;
  const events: [ClaimEvent, number | null][] = [
    ["verified", verifiedAt],
    ["suspended", suspendedAt],
    ["released", releasedAt],
  ];
  const ofClaim = events.flatMap(([kind, at]): NewEntry[] =>
    at === null ? [] : [{ at, trustedMs: null, about: "claim", kind, evidence: {} }],
  );
  const ofKeys = await entriesOfFacts(trx, domainId);
  // Stable: what happened in one second keeps its order, the claim first.
  const before = [...ofClaim, ...ofKeys].toSorted(
    (a, b) => (a.at ?? 0) - (b.at ?? 0) || (a.trustedMs ?? 0) - (b.trustedMs ?? 0),
  );
  const evidence = {
    method,
    recorded: before.length === 0 ? "as it happened" : "afterwards, from what the database had",
  };
  await append(trx, domainId, [{ at: createdAt, trustedMs: null, about: "claim", kind: "begun", evidence }, ...before]);
}

async function entriesOfFacts(trx: Transaction, domainId: string): Promise<NewEntry[]> {
  const keys = await trx
    .selectFrom("keys")
    .selectAll()
    .where("domainId", "=", domainId)
    .orderBy("createdAt")
    .orderBy("id")
    .execute();
  const entries: NewEntry[] = [];
  for (const key of keys) {
    const facts = await trx.selectFrom("keyFacts").selectAll().where("keyId", "=", key.id).orderBy("seq").execute();
    for (const [index, { kind, at, trustedMs, evidence }] of facts.entries()) {
      const parsed = JSON.parse(evidence) as RollEntry["evidence"];
      entries.push({
        at,
        trustedMs,
        about: key.id,
        kind,
        evidence: parsed,
        ...(index === 0 && { key: rolledKey(key) }),
      });
    }
  }
  return entries;
}

export const rolledKey = (key: Omit<KeyRow, "sealed">): RolledKey => ({
  selector: key.selector,
  name: key.keyName,
  role: key.role,
  method: key.method,
  algorithm: key.algorithm,
  bits: key.bits,
  record: key.record,
  publicSha256: key.spkiSha256,
});

async function append(trx: Transaction, domainId: string, added: readonly NewEntry[]): Promise<void> {
  const claim = await trx.selectFrom("domains").select("name").where("id", "=", domainId).executeTakeFirst();
  if (claim === undefined) return;
  const last = await trx
    .selectFrom("rolls")
    .select(["seq", "hash", "line"])
    .where("domainId", "=", domainId)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  let { seq, hash } = last ?? { seq: 0, hash: beforeFirst };
  const lastAt = (last && readEntry(last.line)?.at) ?? 0;
  for (const { at = lastAt, ...entry } of added) {
    seq++;
    const line = entryLine({ v: 1, claim: domainId, domain: claim.name, seq, prev: hash, at, ...entry });
    hash = hashOfLine(line);
    await trx.insertInto("rolls").values({ domainId, seq, line, hash }).execute();
  }
}

/** Entries of a claim after a number, in order. */
export const listRolls = (
  db: Database | Transaction,
  domainId: string,
  after: number,
  limit: number,
): Promise<RollRow[]> =>
  db
    .selectFrom("rolls")
    .selectAll()
    .where("domainId", "=", domainId)
    .where("seq", ">", after)
    .orderBy("seq")
    .limit(limit)
    .execute();

/** The tenant's claim of a name that is in force, or else the one that was released last: its rolls outlive it. */
export async function findRolledDomain(db: Database, tenantId: string, name: string): Promise<string | undefined> {
  const rows = await db
    .selectFrom("domains")
    .select(["id", "releasedAt"])
    .where("tenantId", "=", tenantId)
    .where("name", "=", name)
    .orderBy("createdAt", "desc")
    .execute();
  const best =
    rows.find(({ releasedAt }) => releasedAt === null) ??
    rows.toSorted((a, b) => (b.releasedAt ?? 0) - (a.releasedAt ?? 0))[0];
  return best?.id;
}

/** Keeps the sealed key of the checkpoints; of several that were made at once all get the one that counts. */
export async function keepRollsKey(db: Database, sealed: () => Promise<string>, now: number): Promise<string> {
  const stored = async (): Promise<string | undefined> =>
    (await db.selectFrom("rollsKey").select("sealed").executeTakeFirst())?.sealed;
  const known = await stored();
  if (known !== undefined) return known;
  const made = await sealed();
  await db
    .insertInto("rollsKey")
    .values({ id: 1, sealed: made, createdAt: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await stored()) ?? made;
}

/** The private halves of a claim that were made public and whose entry is among the first `upTo`, by key. */
export async function listDisclosed(db: Database, domainId: string, upTo: number): Promise<DisclosedKeyRow[]> {
  const rows = await db
    .selectFrom("disclosedKeys")
    .innerJoin("keys", "keys.id", "disclosedKeys.keyId")
    .selectAll("disclosedKeys")
    .where("keys.domainId", "=", domainId)
    .orderBy("disclosedKeys.keyId")
    .execute();
  if (rows.length === 0) return [];
  const entries = await db
    .selectFrom("rolls")
    .select("line")
    .where("domainId", "=", domainId)
    .where("seq", "<=", upTo)
    .where("line", "like", '%"kind":"disclosed"%')
    .execute();
  const told = new Set(entries.map(({ line }) => readEntry(line)?.about));
  return rows.filter(({ keyId }) => told.has(keyId));
}
