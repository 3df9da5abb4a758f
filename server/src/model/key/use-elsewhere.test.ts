import { expect, test } from "vitest";
import { type Coverage, type ReportedUse, type UseElsewhere, useElsewhere, useElsewhereText } from "./use-elsewhere.ts";
import { day } from "../seconds.ts";

const now = 1_770_000_000;
const coverage: Coverage = { from: now - 3 * day, until: now - day, reports: 2, organizations: ["Receiver"] };
const use = (changes: Partial<ReportedUse> = {}): ReportedUse => ({
  organization: "Receiver",
  endAt: now - 2 * day,
  takenAt: now,
  passed: 5,
  failed: 0,
  sources: [],
  ...changes,
});

test.each<[string, ReportedUse[], Coverage | null, number, Partial<UseElsewhere>]>([
  ["mail that verified is a use", [use()], coverage, 0, { state: "seen", lastAt: now - 2 * day, recentMessages: 5 }],
  ["long ago is no recent one", [use({ endAt: now - 20 * day })], null, 0, { state: "seen", recentMessages: 0 }],
  ["nothing in reports that cover these days", [], coverage, 0, { state: "not-seen", lastAt: null }],
  ["no report at all is not unused", [], null, 0, { state: "unknown" }],
  ["reports that leave selectors out say nothing of one", [], coverage, 3, { state: "unknown" }],
  [
    "what did not verify anybody can write",
    [use({ passed: 0, failed: 9 })],
    coverage,
    0,
    { state: "not-seen", failed: 9 },
  ],
  ["a report cannot tell of mail that is yet to come", [use({ endAt: now + 9 * day })], coverage, 0, { lastAt: now }],
  ["a report that says no time counts as of when it came", [use({ endAt: null })], coverage, 0, { lastAt: now }],
])("%s", (_title, uses, covered, unnamed, expected) => {
  expect(useElsewhere(uses, { coverage: covered, unnamed }, now)).toMatchObject(expected);
});

test("who saw it and where it was sent from add up, the latest and the most frequent first", () => {
  const uses = [
    use({ sources: [{ address: "192.0.2.1", messages: 5 }] }),
    use({ endAt: now - day, passed: 2, sources: [{ address: "192.0.2.9", messages: 2 }] }),
    use({ organization: "Other", endAt: now - 5 * day, passed: 4, sources: [{ address: "192.0.2.9", messages: 4 }] }),
  ];
  const told = useElsewhere(uses, { coverage, unnamed: 0 }, now);
  expect(told.by).toEqual([
    { organization: "Receiver", lastAt: now - day, messages: 7 },
    { organization: "Other", lastAt: now - 5 * day, messages: 4 },
  ]);
  expect(told.sources).toEqual([
    { address: "192.0.2.9", messages: 6 },
    { address: "192.0.2.1", messages: 5 },
  ]);
  expect(useElsewhereText(told)).toBe(
    "2026-02-01 02:40:00 UTC, told by Receiver, Other, from 192.0.2.9, 192.0.2.1: 11 messages verified, 11 of them in the last 14 days",
  );
});

test("unknown is told apart from none seen", () => {
  const text = (covered: Coverage | null, unnamed: number): string =>
    useElsewhereText(useElsewhere([], { coverage: covered, unnamed }, now));
  expect(text(null, 0)).toContain('unknown, which is not "unused": no report covers');
  expect(text(coverage, 1)).toContain(
    'unknown, which is not "unused": reports of the last 14 days leave selectors out',
  );
  expect(text(coverage, 0)).toContain("none seen: 2 reports of Receiver cover");
});
