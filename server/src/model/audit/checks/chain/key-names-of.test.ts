import { expect, test } from "vitest";
import { context, day, evidence, now, reports, seenSelector, selector } from "../mail/test-mail.ts";
import { keyNamesOf } from "./key-names-of.ts";

const use = (seen: Parameters<typeof seenSelector>[1], sources: ("report" | "given")[] = ["report"]) =>
  keyNamesOf(
    evidence({
      selectors: [{ ...selector("s1"), sources }],
      reports: reports({ selectors: [seenSelector("s1", seen)] }),
    }),
    context,
  )[0]?.use;

test.each([
  ["that passed lately is in use", { lastSeen: now - 89 * day }, "in-mail"],
  ["that passed long ago was rotated since, for all one knows", { lastSeen: now - 91 * day }, "not-expected"],
  [
    "that never passed is in use, however old: its key may never have been there",
    { lastSeen: now - 91 * day, passed: 0 },
    "in-mail",
  ],
  ["of no date is in use", { lastSeen: undefined }, "in-mail"],
] as const)("a selector in reports %s", (_title, seen, expected) => {
  expect(use(seen)).toBe(expected);
});

test("what the owner names is expected, however long ago it signed", () => {
  expect(use({ lastSeen: now - 91 * day }, ["report", "given"])).toBe("given");
});
