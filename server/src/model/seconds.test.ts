import { expect, test } from "vitest";
import { dateOf, durationText, utcText } from "./seconds.ts";

test("the date of a moment agrees with the calendar for four hundred years", () => {
  for (let at = -2_208_988_800; at < 10_413_792_000; at += 86_400 * 13 + 3601) {
    const date = new Date(at * 1000);
    const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
    expect(dateOf(at)).toEqual(expected);
    expect(utcText(at)).toBe(`${date.toISOString().slice(0, 10)} ${date.toISOString().slice(11, 19)} UTC`);
  }
});

test.each<[number, string]>([
  [0, "0 s"],
  [40, "40 s"],
  [4500, "1 h 15 min"],
  [3 * 86_400 + 61, "3 d 1 min"],
])("a duration of %d seconds reads %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
