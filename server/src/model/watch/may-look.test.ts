import { expect, test } from "vitest";
import { fits, nextDayAt, proofLastsSeconds, type Standing, standingOf } from "./may-look.ts";

const now = 1_800_000_000;
const ago = (days: number): number => now - days * 86_400;

const standings: [name: string, createdAt: number, proofSeenAt: number | null, verified: boolean, Standing][] = [
  ["a new claim", now, null, false, "pending"],
  ["a claim of thirteen days", ago(13), null, false, "pending"],
  ["a claim that nobody proved in a fortnight", ago(14), null, false, "lapsed"],
  ["an old claim, proven today", ago(400), now, false, "proven"],
  ["a proof not seen for thirteen days", ago(400), ago(13), false, "proven"],
  ["a proof not seen for a fortnight", ago(400), ago(14), false, "lapsed"],
  ["a domain verified for a delegation", ago(400), null, true, "proven"],
  ["a clock that was set back before the proof", ago(400), now + 999, false, "proven"],
];
test.each(standings)("R-52 %s", (_, createdAt, proofSeenAt, verified, expected) => {
  expect(standingOf({ createdAt, proofSeenAt }, verified, now)).toBe(expected);
});

const budget = { looks: 10, unprovenLooks: 2, queries: 100 };
const costs: [name: string, spent: typeof budget, Standing, boolean][] = [
  ["the last look of the day", { looks: 10, unprovenLooks: 0, queries: 99 }, "proven", true],
  ["one look too many", { looks: 11, unprovenLooks: 0, queries: 0 }, "proven", false],
  ["queries used up", { looks: 1, unprovenLooks: 0, queries: 100 }, "proven", false],
  ["the last look at a domain that is not proven", { looks: 2, unprovenLooks: 2, queries: 0 }, "pending", true],
  ["one more of those", { looks: 3, unprovenLooks: 3, queries: 0 }, "pending", false],
  ["a proven domain beside them", { looks: 3, unprovenLooks: 3, queries: 0 }, "proven", true],
];
test.each(costs)("R-52 %s", (_, spent, standing, expected) => {
  expect(fits(spent, budget, standing)).toBe(expected);
});

test("what the budget left no room for comes in the first half of the next day, spread", () => {
  const times = Array.from({ length: 50 }, (_, index) => nextDayAt(`d${index}.example`, now));
  const midnight = (Math.floor(now / 86_400) + 1) * 86_400;
  for (const time of times) expect(time >= midnight && time < midnight + 43_200).toBe(true);
  expect(new Set(times).size).toBeGreaterThan(45);
  expect(proofLastsSeconds).toBe(14 * 86_400);
});
