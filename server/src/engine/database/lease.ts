import { StaleLease } from "./faults.ts";
import type { Database, Transaction } from "./schema.ts";

/**
 * Takes the domain for `owner` until `now + leaseSeconds` and answers its new rev, or undefined while another holds it. The rev, not the lease,
 * protects the domain: whoever was paused past its lease still believes in it, but writes nothing, because `fenced` asks for the rev (F-6).
 */
export async function claimDomain(
  db: Database,
  domainId: string,
  owner: string,
  leaseSeconds: number,
  now: number,
): Promise<number | undefined> {
  const claimed = await db
    .updateTable("domains")
    .set((row) => ({
      rev: row("rev", "+", 1),
      leaseOwner: owner,
      leaseUntil: now + leaseSeconds,
      dueAt: now + leaseSeconds, // should the owner die, the domain is due again
    }))
    .where("id", "=", domainId)
    .where((row) =>
      row.or([row("leaseUntil", "is", null), row("leaseUntil", "<=", now), row("leaseOwner", "=", owner)]),
    )
    .returning("rev")
    .executeTakeFirst();
  return claimed?.rev;
}

/** First statement of every transaction made under a claim: locks the domain until the end, or throws `StaleLease`, which rolls back. */
export async function fenced(trx: Transaction, domainId: string, rev: number): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable("domains")
    .set({ rev })
    .where("id", "=", domainId)
    .where("rev", "=", rev)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new StaleLease(domainId, rev);
}

/**
 * First statement of a transaction in which a person intervenes: whoever holds the domain loses it and writes nothing more of what it
 * decided before, and the domain is due at once.
 */
export async function interruptDomain(trx: Transaction, domainId: string, now: number): Promise<void> {
  await trx
    .updateTable("domains")
    .set((row) => ({ rev: row("rev", "+", 1), leaseOwner: null, leaseUntil: null, dueAt: now }))
    .where("id", "=", domainId)
    .execute();
}

/** Prolongs a claim that still holds; false when it is lost. */
export async function renewLease(
  db: Database,
  domainId: string,
  rev: number,
  leaseSeconds: number,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("domains")
    .set((row) => ({
      leaseUntil: now + leaseSeconds,
      // A wake-up that came meanwhile stays; it is told by being earlier than the end of the lease.
      dueAt: row
        .case()
        .when("dueAt", "<", row.ref("leaseUntil"))
        .then(row.ref("dueAt"))
        .else(now + leaseSeconds)
        .end(),
    }))
    .where("id", "=", domainId)
    .where("rev", "=", rev)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Gives the domain back, to be looked at again at `dueAt`, or earlier when it was woken meanwhile. False when the claim was lost. */
export async function releaseLease(db: Database, domainId: string, rev: number, dueAt: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("domains")
    .set((row) => ({
      leaseOwner: null,
      leaseUntil: null,
      dueAt: row
        .case()
        .when(row.and([row("dueAt", "<", row.ref("leaseUntil")), row("dueAt", "<", dueAt)]))
        .then(row.ref("dueAt"))
        .else(dueAt)
        .end(),
    }))
    .where("id", "=", domainId)
    .where("rev", "=", rev)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Whoever is named in a lease, whether it still runs or not. */
export async function listLeaseOwners(db: Database): Promise<string[]> {
  const rows = await db
    .selectFrom("domains")
    .select("leaseOwner")
    .distinct()
    .where("leaseOwner", "is not", null)
    .execute();
  return rows.flatMap(({ leaseOwner }) => leaseOwner ?? []);
}

/** Ends all leases of an owner that died: its domains are due now. Should it live after all, it writes nothing more under them. */
export async function endLeasesOf(db: Database, owner: string, now: number): Promise<void> {
  await db
    .updateTable("domains")
    .set((row) => ({ rev: row("rev", "+", 1), leaseOwner: null, leaseUntil: null, dueAt: now }))
    .where("leaseOwner", "=", owner)
    .execute();
}

/**
 * First statement of a transaction that changes what a worker decides by: whoever holds the domain writes nothing more and comes back at
 * once. False when the domain is not as it was at `rev`: it has to be read again.
 */
export async function takeOver(trx: Transaction, domainId: string, rev: number, now: number): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("domains")
    .set((row) => ({ rev: row("rev", "+", 1), leaseOwner: null, leaseUntil: null, dueAt: now }))
    .where("id", "=", domainId)
    .where("rev", "=", rev)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Makes the domain due at `at` if it is not due earlier. Safe beside a worker that holds it: that one cannot postpone a wake-up. */
export async function wakeDomain(db: Database, domainId: string, at: number): Promise<void> {
  await db.updateTable("domains").set({ dueAt: at }).where("id", "=", domainId).where("dueAt", ">", at).execute();
}

/** Keys at once in a question: far below what both databases take. */
const keysAtOnce = 500;

/** The same for the domains that these keys are of. */
export async function wakeDomainsOfKeys(db: Database, keyIds: readonly string[], at: number): Promise<void> {
  for (let from = 0; from < keyIds.length; from += keysAtOnce) {
    const some = keyIds.slice(from, from + keysAtOnce);
    const rows = await db.selectFrom("keys").select("domainId").distinct().where("id", "in", some).execute();
    // One after another, so that two who wake the same never wait for each other.
    for (const { domainId } of rows) await wakeDomain(db, domainId, at);
  }
}

/** Makes due what is put off for longer than anybody puts anything off: that was written under a clock that was wrong. */
export async function wakeFromFuture(db: Database, now: number, longestRestSeconds: number): Promise<void> {
  await db
    .updateTable("domains")
    .set({ dueAt: now })
    .where("dueAt", ">", now + longestRestSeconds)
    .execute();
}

/** Domains to claim now, longest due first. */
export async function listDueDomains(
  db: Database,
  now: number,
  limit: number,
): Promise<{ id: string; tenantId: string }[]> {
  return db
    .selectFrom("domains")
    .select(["id", "tenantId"])
    .where("dueAt", "<=", now)
    .where((row) => row.or([row("leaseUntil", "is", null), row("leaseUntil", "<=", now)]))
    .orderBy("dueAt")
    .limit(limit)
    .execute();
}
