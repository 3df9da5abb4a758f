import { describe, expect, test } from "vitest";
import { type ChangeWindow, opensAt, parseWindow, windowText } from "./change-window.ts";
import { utcText } from "../seconds.ts";

const office = parseWindow("mon-fri 09:00-17:00 Europe/Berlin")!;
const at = (iso: string): number => Date.parse(iso) / 1000;

describe("a change window", () => {
  test.each<[string, string, readonly ChangeWindow[], string | undefined]>([
    ["no windows are open at any time", "2026-11-22T03:00:00Z", [], undefined],
    ["inside it is open", "2026-11-23T09:00:00Z", [office], undefined],
    ["its first minute is open", "2026-11-23T08:00:00Z", [office], undefined],
    ["at its end it is closed until the next day", "2026-11-23T16:00:00Z", [office], "2026-11-24 08:00:00 UTC"],
    ["on a Sunday it opens on Monday", "2026-11-22T12:00:00Z", [office], "2026-11-23 08:00:00 UTC"],
    ["in summer time it opens an hour earlier by UTC", "2026-07-05T12:00:00Z", [office], "2026-07-06 07:00:00 UTC"],
    [
      "of two the nearer opens",
      "2026-11-22T12:00:00Z",
      [office, parseWindow("sun 20:00-24:00")!],
      "2026-11-22 20:00:00 UTC",
    ],
    [
      "a zone with a quarter of an hour opens at it",
      "2026-11-22T20:00:00Z",
      [parseWindow("mon 06:00-07:00 Asia/Kathmandu")!],
      "2026-11-23 00:15:00 UTC",
    ],
  ])("%s", (_, now, windows, opens) => {
    const found = opensAt(windows, at(now));
    expect(found === undefined ? undefined : utcText(found)).toBe(opens);
  });

  test.each(["mon-fri 09:00-17:00 Europe/Berlin", "sat 00:00-24:00", "mon,wed 09:15-09:30 UTC"])(
    "%s is read, and written the same way",
    (text) => {
      const window = parseWindow(text)!;
      expect(parseWindow(windowText(window))).toEqual(window);
    },
  );

  test.each([
    "",
    "mon",
    "mon 9-17",
    "mon 17:00-09:00",
    "fri-mon 09:00-10:00",
    "day 09:00-10:00",
    "mon 09:05-10:00",
    "mon 09:00-25:00",
    "mon 09:00-10:00 Mars/Olympus",
    "mon 09:00-10:00 UTC more",
  ])("%j is none", (text) => {
    expect(parseWindow(text)).toBeUndefined();
  });
});
