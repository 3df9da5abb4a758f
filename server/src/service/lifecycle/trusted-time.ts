import { advanceTrustedClock, databaseNowMs, readTrustedClock } from "../../engine/database/clock.ts";
import type { Database, TrustedClockRow } from "../../engine/database/schema.ts";
import type { TrustedMs } from "../../model/key/key-fact.ts";
import { advance, type TrustedClock } from "../../model/rotation/trusted-clock.ts";

/** Slices shorter than this are not written down; a crash loses as much, which only delays. */
const persistEveryMs = 5000;

export type TrustedTime = { readMs: () => Promise<TrustedMs> };

type Clocks = {
  db: Database;
  nowMs: () => number;
  monotonicMs: () => number;
  clockErrorSeconds: number;
  /** The database's own clock, unless it is asked. */
  databaseNowMs?: () => Promise<number | undefined>;
};

/**
 * This process's view of the one trusted clock in the database, for one that watches it all the time. Several advance it, each by what it
 * watched since it first saw the row as it stands, and the compare-and-set lets one of them win: no stretch of time is counted twice. Time in
 * which nobody watched counts once, at the first look: later on somebody did, and a stretch that this process did not watch itself may only
 * look long, where host and database have one clock that jumps.
 */
export function trustedTimeOf(source: Clocks): TrustedTime {
  const { db, nowMs, monotonicMs, clockErrorSeconds } = source;
  let seen: { rev: number; atMs: number } | undefined;

  async function readMs(): Promise<TrustedMs> {
    const { row, databaseMs } = await readRow(source);
    const atMs = monotonicMs();
    const isFirst = seen === undefined;
    const watchedMs = seen?.rev === row.rev ? atMs - seen.atMs : undefined;
    if (watchedMs === undefined) seen = { rev: row.rev, atMs };
    if (watchedMs === undefined && !isFirst) return row.elapsedMs;
    const next = advance(clockIn(row), { wallMs: nowMs(), watchedMs, databaseMs }, clockErrorSeconds);
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

/**
 * The trusted clock for one that only asks now and then. It writes nothing, and adds no more than those who watch may not have written yet:
 * where nobody watches, no time passes.
 */
export const askedTimeOf = (source: Omit<Clocks, "monotonicMs">): TrustedTime => ({
  readMs: async () => {
    const { row, databaseMs } = await readRow(source);
    const reading = { wallMs: source.nowMs(), watchedMs: undefined, databaseMs };
    const { elapsedMs } = advance(clockIn(row), reading, source.clockErrorSeconds);
    return Math.min(elapsedMs, row.elapsedMs + persistEveryMs);
  },
});

const clockIn = ({ elapsedMs, wallMs, dbWallMs }: Omit<TrustedClockRow, "id">): TrustedClock => ({
  elapsedMs,
  wallMs,
  databaseMs: dbWallMs,
});

/** The row, which whoever comes first makes, and what the database's clock says. */
async function readRow(
  source: Omit<Clocks, "monotonicMs">,
): Promise<{ row: Omit<TrustedClockRow, "id">; databaseMs: number | null }> {
  const { db, nowMs, databaseNowMs: ask = () => databaseNowMs(db) } = source;
  const row = await readTrustedClock(db);
  const databaseMs = (await ask()) ?? null;
  if (row !== undefined) return { row, databaseMs };
  await advanceTrustedClock(db, undefined, { elapsedMs: 0, wallMs: nowMs(), dbWallMs: databaseMs });
  return readRow(source);
}
