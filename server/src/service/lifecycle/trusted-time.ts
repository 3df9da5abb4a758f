import { advanceTrustedClock, databaseNowMs, readTrustedClock } from "../../engine/database/clock.ts";
import type { Database } from "../../engine/database/schema.ts";
import type { TrustedMs } from "../../model/key-fact.ts";
import { advance } from "../../model/trusted-clock.ts";

/** Slices shorter than this are not written down; a crash loses as much, which only delays. */
const persistEveryMs = 5000;

export type TrustedTime = { readMs: () => Promise<TrustedMs> };

/**
 * This process's view of the one trusted clock in the database. Several processes advance it, each by what it watched since it
 * first saw the row as it stands, and the compare-and-set lets one of them win: no stretch of time is counted twice.
 */
export function trustedTimeOf(source: {
  db: Database;
  nowMs: () => number;
  monotonicMs: () => number;
  clockErrorSeconds: number;
}): TrustedTime {
  const { db, nowMs, monotonicMs, clockErrorSeconds } = source;
  let seen: { rev: number; atMs: number } | undefined;

  async function readMs(): Promise<TrustedMs> {
    const row = await readTrustedClock(db);
    const databaseMs = (await databaseNowMs(db)) ?? null;
    const atMs = monotonicMs();
    if (row === undefined) {
      await advanceTrustedClock(db, undefined, { elapsedMs: 0, wallMs: nowMs(), dbWallMs: databaseMs });
      return readMs();
    }
    const watchedMs = seen?.rev === row.rev ? atMs - seen.atMs : undefined;
    if (watchedMs === undefined) seen = { rev: row.rev, atMs };
    const clock = { elapsedMs: row.elapsedMs, wallMs: row.wallMs, databaseMs: row.dbWallMs };
    const next = advance(clock, { wallMs: nowMs(), watchedMs, databaseMs }, clockErrorSeconds);
    const worthWriting =
      (watchedMs ?? 0) >= persistEveryMs || (watchedMs === undefined && next.elapsedMs > row.elapsedMs);
    if (!worthWriting) return next.elapsedMs;
    const written = { elapsedMs: next.elapsedMs, wallMs: next.wallMs, dbWallMs: next.databaseMs };
    if (!(await advanceTrustedClock(db, row.rev, written))) return readMs(); // another process was faster
    seen = { rev: row.rev + 1, atMs };
    return next.elapsedMs;
  }

  return { readMs };
}
