import { expect, test } from "vitest";
import { nowOf } from "./lookup.ts";

test.each<[text: string, time: number]>([
  ["1795305600", 1_795_305_600],
  ["0", 0],
  ["2026-11-22", 1_795_305_600],
  ["2026-11-22T00:00:00Z", 1_795_305_600],
  ["2026-11-22T01:30:00.000+01:30", 1_795_305_600],
])("--now %s is a time", (text, time) => expect(nowOf(text)).toBe(time));

// Date.parse alone finds a date in most of these.
test.each(["", "now", "foo 1", "-5", "1e3", "1.5", "12/11/2026", "2026-13-01", "1795305600000", " 1795305600"])(
  "--now %j is refused",
  (text) => expect(() => nowOf(text)).toThrow("is not a time"),
);
