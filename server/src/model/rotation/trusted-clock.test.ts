import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, type ClockReading, type TrustedClock } from "./trusted-clock.ts";

const clock: TrustedClock = { elapsedMs: 5000, wallMs: 1_000_000, databaseMs: null };
const onPostgres: TrustedClock = { ...clock, databaseMs: 1_000_100 };
const epsilon = 2;

describe("trusted elapsed time", () => {
  test.each<[string, TrustedClock, ClockReading, number]>([
    ["runs as long as a process watches", clock, { wallMs: 1_060_000, watchedMs: 60_000, databaseMs: null }, 60_000],
    [
      "a wall clock that jumps forward adds nothing (S4)",
      clock,
      { wallMs: 9e12, watchedMs: 60_000, databaseMs: null },
      60_000,
    ],
    ["a wall clock that jumps back costs one slice (S5)", clock, { wallMs: 0, watchedMs: 60_000, databaseMs: null }, 0],
    [
      "a process that sat stopped adds what its monotonic clock saw",
      clock,
      { wallMs: 1_600_000, watchedMs: 100, databaseMs: null },
      100,
    ],
    [
      "downtime counts as nothing without a database clock",
      clock,
      { wallMs: 9_000_000, watchedMs: undefined, databaseMs: null },
      0,
    ],
    [
      "downtime counts by the database's clock",
      onPostgres,
      { wallMs: 1_500_000, watchedMs: undefined, databaseMs: 1_499_000 },
      498_900,
    ],
    [
      "not if the host disagrees with it by more than ε",
      onPostgres,
      { wallMs: 1_500_000, watchedMs: undefined, databaseMs: 1_490_000 },
      0,
    ],
    [
      "a database clock that lags holds it back",
      onPostgres,
      { wallMs: 1_060_000, watchedMs: 60_000, databaseMs: 1_010_100 },
      10_000,
    ],
    [
      "a database clock that jumps back adds nothing",
      onPostgres,
      { wallMs: 1_060_000, watchedMs: 60_000, databaseMs: 5 },
      0,
    ],
  ])("%s", (_, before, reading, passed) => {
    const after = advance(before, reading, epsilon);
    expect(after).toEqual({
      elapsedMs: before.elapsedMs + passed,
      wallMs: reading.wallMs,
      databaseMs: reading.databaseMs,
    });
  });

  test("I-11 it never runs ahead of real time, however the wall clock jumps", () => {
    const slice = fc.record({ realMs: fc.nat(600_000), jumpMs: fc.integer({ min: -1e10, max: 1e10 }) });
    fc.assert(
      fc.property(fc.array(slice, { maxLength: 40 }), (slices) => {
        let [now, realMs, wallMs] = [clock, 0, clock.wallMs];
        for (const { realMs: passed, jumpMs } of slices) {
          realMs += passed;
          wallMs += passed + jumpMs;
          const after = advance(now, { wallMs, watchedMs: passed, databaseMs: null }, epsilon);
          expect(after.elapsedMs).toBeGreaterThanOrEqual(now.elapsedMs);
          now = after;
        }
        expect(now.elapsedMs - clock.elapsedMs).toBeLessThanOrEqual(realMs);
      }),
    );
  });
});
