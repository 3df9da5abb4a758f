import type { TrustedMs } from "../key/key-fact.ts";
import type { Seconds } from "../seconds.ts";

/**
 * Trusted elapsed time: an accumulator that never runs ahead of real time. Each advance adds the *least* of what the wall
 * clock, the monotonic clock of a process and the database's clock say has passed, so a jump of one of them forward adds
 * nothing, and a jump backward loses at most one slice. Rotations wait on this clock alone.
 */
export type TrustedClock = {
  elapsedMs: TrustedMs;
  /** The host's wall clock when this was written. */
  wallMs: number;
  /** The database's own clock then; null where the database has none of its own (SQLite). */
  databaseMs: number | null;
};

export type ClockReading = {
  wallMs: number;
  /** Monotonic time for which this process has watched the clock stand as written; undefined: it did not watch. */
  watchedMs: number | undefined;
  databaseMs: number | null;
};

/** The clock after a reading. Time in which nobody watched counts only by a database clock that the host agrees with. */
export function advance(clock: TrustedClock, reading: ClockReading, clockErrorSeconds: Seconds): TrustedClock {
  return {
    elapsedMs: clock.elapsedMs + Math.max(0, Math.floor(passedMs(clock, reading, clockErrorSeconds))),
    wallMs: reading.wallMs,
    databaseMs: reading.databaseMs,
  };
}

function passedMs(clock: TrustedClock, reading: ClockReading, clockErrorSeconds: Seconds): number {
  const byWall = reading.wallMs - clock.wallMs;
  const byDatabase =
    reading.databaseMs === null || clock.databaseMs === null ? undefined : reading.databaseMs - clock.databaseMs;
  if (reading.watchedMs !== undefined) return Math.min(byWall, reading.watchedMs, byDatabase ?? byWall);
  if (byDatabase === undefined || reading.databaseMs === null) return 0; // downtime on SQLite counts as nothing
  const agree = Math.abs(reading.databaseMs - reading.wallMs) <= clockErrorSeconds * 1000;
  return agree ? Math.min(byWall, byDatabase) : 0;
}
