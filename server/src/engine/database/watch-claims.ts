import { StaleLease } from "./faults.ts";
import type { Database, Transaction, WatchRow } from "./schema.ts";
import { opened } from "./watches.ts";

export type WatchClaim = {
  /** Names the worker: unique among all that run. */
  owner: string;
  leaseSeconds: number;
  /** Epoch seconds. */
  now: number;
};

/** Whether there is anything to claim, told without writing. */
export async function isAnyWatchDue(db: Database, now: number, latest: number): Promise<boolean> {
  // In order, or a database without statistics reads every row before it finds that none is due.
  const some = db.selectFrom("watches").select("id").orderBy("dueAt").limit(1);
  const due = await some.where("dueAt", "<=", now).executeTakeFirst();
  return due !== undefined || (await some.where("dueAt", ">", latest).executeTakeFirst()) !== undefined;
}

/**
 * Takes up to `limit` watches that are due, longest due first, and answers them with their new revs. Of several workers
 * each gets others, because a row is taken only if it is still due then. What was
 * taken comes due again when the lease ends, should the worker die.
 *
 * One that is due only after `latest` got its time from a clock that was ahead, and is due now.
 */
export async function claimDueWatches(
  trx: Transaction,
  claim: WatchClaim,
  limit: number,
  latest: number,
): Promise<WatchRow[]> {
  const due = await claimBetween(trx, claim, limit, { after: -1, until: claim.now, latest });
  if (due.length === limit) return due;
  const misdated = { after: latest, until: Number.MAX_SAFE_INTEGER, latest };
  return [...due, ...(await claimBetween(trx, claim, limit - due.length, misdated))];
}

async function claimBetween(
  trx: Transaction,
  { owner, leaseSeconds, now }: WatchClaim,
  limit: number,
  { after, until, latest }: { after: number; until: number; latest: number },
): Promise<WatchRow[]> {
  // Found first and taken then: in one statement PostgreSQL looks for them anew for each row that is due.
  const found = await trx
    .selectFrom("watches")
    .select("id")
    .where("dueAt", ">", after)
    .where("dueAt", "<=", until)
    .where((row) =>
      row.or([row("leaseUntil", "is", null), row("leaseUntil", "<=", now), row("leaseUntil", ">", latest)]),
    )
    .orderBy("dueAt")
    .limit(limit)
    .execute();
  if (found.length === 0) return [];
  const rows = await trx
    .updateTable("watches")
    .set((row) => ({
      rev: row("rev", "+", 1),
      leaseOwner: owner,
      leaseUntil: now + leaseSeconds,
      dueAt: now + leaseSeconds,
    }))
    .where(
      "id",
      "in",
      found.map(({ id }) => id),
    )
    // Asked again, because another worker may have taken the row while this statement waited for it.
    .where("dueAt", ">", after)
    .where("dueAt", "<=", until)
    .returningAll()
    .execute();
  return rows.map(opened).toSorted((one, other) => one.name.localeCompare(other.name));
}

/** Takes one watch now, due or not; undefined while another worker holds it, or when it is gone. */
export async function claimWatch(
  db: Database,
  id: string,
  { owner, leaseSeconds, now }: WatchClaim,
): Promise<WatchRow | undefined> {
  const row = await db
    .updateTable("watches")
    .set((old) => ({
      rev: old("rev", "+", 1),
      leaseOwner: owner,
      leaseUntil: now + leaseSeconds,
      dueAt: now + leaseSeconds,
    }))
    .where("id", "=", id)
    .where((old) => old.or([old("leaseUntil", "is", null), old("leaseUntil", "<=", now)]))
    .returningAll()
    .executeTakeFirst();
  return row && opened(row);
}

/** What a worker leaves in the row of a watch when it gives it back. */
export type WatchOutcome = Partial<
  Pick<
    WatchRow,
    "proofSeenAt" | "proofLookedAt" | "lookedAt" | "knownAt" | "look" | "apartAt" | "score" | "earlyLooks" | "resting"
  >
> & { dueAt: number };

/**
 * Gives a watch back with what came of it. First statement of the transaction that records a look: locks the watch, and
 * throws `StaleLease` when another worker has taken it since, or when it is gone.
 */
export async function returnWatch(trx: Transaction, id: string, rev: number, outcome: WatchOutcome): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable("watches")
    .set({ ...outcome, leaseOwner: null, leaseUntil: null })
    .where("id", "=", id)
    .where("rev", "=", rev)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new StaleLease(id, rev);
}

/** Whoever is named in a lease of a watch, whether it still runs or not. */
export async function listWatchLeaseOwners(db: Database): Promise<string[]> {
  const rows = await db
    .selectFrom("watches")
    .select("leaseOwner")
    .distinct()
    .where("leaseOwner", "is not", null)
    .execute();
  return rows.flatMap(({ leaseOwner }) => leaseOwner ?? []);
}

/** Ends all leases of an owner that died: its watches are due now. Should it live after all, it writes nothing more under them. */
export async function endWatchLeasesOf(db: Database, owner: string, now: number): Promise<void> {
  await db
    .updateTable("watches")
    .set((row) => ({ rev: row("rev", "+", 1), leaseOwner: null, leaseUntil: null, dueAt: now }))
    .where("leaseOwner", "=", owner)
    .execute();
}
