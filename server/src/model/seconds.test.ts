import { expect, test } from "vitest";
import { yearAndMonth } from "./seconds.ts";

test("year and month of a moment agree with the calendar for four hundred years", () => {
  for (let at = -2_208_988_800; at < 10_413_792_000; at += 86_400 * 13 + 3601) {
    const date = new Date(at * 1000);
    expect(yearAndMonth(at)).toEqual({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 });
  }
});
