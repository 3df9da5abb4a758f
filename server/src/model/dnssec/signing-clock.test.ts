import { expect, test } from "vitest";
import { day } from "../seconds.ts";
import { firstBelieved, signingTime } from "./signing-clock.ts";

const dayMs = day * 1000;
const start = { wallMs: 1_800_000_000_000, monotonicMs: 5000 };
const year = 365 * dayMs;

test.each([
  ["a second later", 1000, 1000, "agrees", 1000],
  ["set forward by an hour", 1000, 3_600_000, "agrees", 3_600_000],
  ["set back by an hour", 1000, -3_600_000, "agrees", -3_600_000],
  ["DNS-E-05 set forward by a year", 1000, year, "ahead", 1000],
  ["DNS-E-05 set back by a year", 1000, -year, "behind", 1000],
] as const)("a clock %s", (_, passedMs, wallMs, verdict, nowMs) => {
  const reading = { wallMs: start.wallMs + wallMs, monotonicMs: start.monotonicMs + passedMs };
  expect(signingTime(start, reading)).toMatchObject({ verdict, nowMs: start.wallMs + nowMs });
});

test("a clock that comes back is followed again", () => {
  const ahead = signingTime(start, { wallMs: start.wallMs + year, monotonicMs: start.monotonicMs + dayMs });
  const back = { wallMs: start.wallMs + 2 * dayMs, monotonicMs: start.monotonicMs + 2 * dayMs };
  expect(signingTime(ahead.believed, back)).toMatchObject({ verdict: "agrees", nowMs: back.wallMs });
});

test.each([
  ["was off for a month", -30 * dayMs, start.wallMs],
  ["starts with a clock that is a year behind", year, start.wallMs + year],
  ["starts with a clock that is two years ahead", -2 * year, start.wallMs - 2 * year],
])("a machine that %s", (_, notedMs, wallMs) => {
  expect(firstBelieved(start, start.wallMs + notedMs)).toEqual({ ...start, wallMs });
});
