import { day } from "../seconds.ts";

/** A wall clock that was believed, and the monotonic clock of the same process then; milliseconds. */
export type Believed = { wallMs: number; monotonicMs: number };

/** Where the wall clock stands to the time that has passed. */
export type ClockVerdict = "agrees" | "ahead" | "behind";

/** A correction of this much is what time services do, and what signatures bear. */
const correctionMaxMs = day * 1000;
/** A machine may have been off for this long. */
const absenceMaxMs = 400 * day * 1000;

/**
 * The time to sign with. A wall clock that jumps is not followed: signatures from a wrong year are believed by nobody. Time goes on from the
 * last moment that was believed, by the clock that nobody sets, until both agree again.
 */
export function signingTime(
  last: Believed,
  reading: Believed,
): { nowMs: number; verdict: ClockVerdict; believed: Believed } {
  const expectedMs = last.wallMs + (reading.monotonicMs - last.monotonicMs);
  const offMs = reading.wallMs - expectedMs;
  if (Math.abs(offMs) <= correctionMaxMs) return { nowMs: reading.wallMs, verdict: "agrees", believed: reading };
  return { nowMs: expectedMs, verdict: offMs > 0 ? "ahead" : "behind", believed: last };
}

/** What to begin with. `notedMs`: the last moment that an earlier process believed, if any. */
export function firstBelieved(reading: Believed, notedMs: number | undefined): Believed {
  if (notedMs === undefined) return reading;
  const isOff = reading.wallMs < notedMs - correctionMaxMs || reading.wallMs > notedMs + absenceMaxMs;
  return isOff ? { ...reading, wallMs: notedMs } : reading;
}
