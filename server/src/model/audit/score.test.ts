import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Severity } from "../finding.ts";
import type { AuditFinding, CheckedOff } from "./check.ts";
import { checks } from "./checks.ts";
import { type FindingCode, findingCodes } from "./finding-codes.ts";
import { scoreRules } from "./score-rules.ts";
import { scoreOf } from "./score.ts";

const finding = (code: FindingCode, severity: Severity): AuditFinding => ({
  code,
  severity,
  subject: "example.com",
  summary: "",
  evidence: [],
  remedy: "",
});
const all = (state: CheckedOff["state"]): CheckedOff[] => checks.map(({ name, title }) => ({ name, title, state }));
const passed = all("passed");

test("the rules are worth a hundred points, and each fault belongs to one of them", () => {
  expect(scoreRules.reduce((sum, { points }) => sum + points, 0)).toBe(100);
  const claimed = scoreRules.flatMap(({ codes }) => codes).sort();
  expect(claimed).toEqual([...new Set(claimed)]);
  const faults = Object.entries(findingCodes).filter(([, { severity }]) => severity !== "info");
  expect(claimed).toEqual(
    faults
      .map(([code]) => code)
      .filter((code) => code !== "Undetermined")
      .sort(),
  );
});

test("nothing wrong is a hundred, and what needs evidence does not count", () => {
  expect(scoreOf(passed, []).score).toBe(100);
  const few = passed.map((check, at) => (at < 3 ? check : { ...check, state: "needs evidence" as const }));
  expect(scoreOf(few, []).score).toBe(100);
  expect(scoreOf(all("needs evidence"), []).score).toBeUndefined();
  expect(scoreOf(all("undetermined"), []).score).toBeUndefined();
  expect(scoreOf(all("does not apply"), []).score).toBeUndefined();
});

test.each<[title: string, found: AuditFinding[], score: number]>([
  ["a low finding costs half of its rule", [finding("DmarcNotEnforcing", "low")], 95],
  ["a medium one costs the rule", [finding("DmarcMissing", "medium")], 90],
  ["two of one rule cost it once", [finding("SpfMultiple", "medium"), finding("SpfPassesAll", "medium")], 95],
  ["a high finding keeps the score at 70", [finding("NotAligned", "high")], 70],
  ["a critical one at 30", [finding("TakeoverRisk", "critical")], 30],
  ["no answer costs nothing", [finding("Undetermined", "low")], 100],
  ["info costs nothing", [finding("KeyUnusual", "info"), finding("SharedKey", "info")], 100],
])("%s", (_title, found, score) => {
  expect(scoreOf(passed, found).score).toBe(score);
});

test("a rule says what cost its points", () => {
  const { rules, cap } = scoreOf(passed, [finding("KeyWeak", "critical"), finding("KeyOld", "low")]);
  expect(rules.find(({ rule }) => rule === "keys-strong")).toMatchObject({
    state: "not met",
    earned: 0,
    points: 10,
    findings: ["KeyWeak", "KeyOld"],
  });
  expect(cap).toEqual({ at: 30, severity: "critical" });
});

const anyFinding = fc
  .tuple(
    fc.constantFrom(...(Object.keys(findingCodes) as FindingCode[])),
    fc.constantFrom<Severity>("critical", "high", "medium", "low", "info"),
  )
  .map(([code, severity]) => finding(code, severity));
const anyStates = fc.array(
  fc.constantFrom<CheckedOff["state"]>("passed", "failed", "needs evidence", "undetermined", "does not apply"),
  {
    minLength: checks.length,
    maxLength: checks.length,
  },
);

test("fixing a finding never lowers the score, whatever else is wrong or known", () => {
  fc.assert(
    fc.property(fc.array(anyFinding, { minLength: 1, maxLength: 12 }), fc.nat(), anyStates, (found, at, states) => {
      const checked = checks.map(({ name, title }, index) => ({ name, title, state: states[index]! }));
      const before = scoreOf(checked, found).score ?? 0;
      const after = scoreOf(checked, found.toSpliced(at % found.length, 1)).score ?? 100;
      expect(after).toBeGreaterThanOrEqual(before);
    }),
  );
});

test("a score is a whole number from 0 to 100, and grave findings cap it", () => {
  fc.assert(
    fc.property(fc.array(anyFinding, { maxLength: 12 }), (found) => {
      const { score } = scoreOf(passed, found);
      expect(Number.isInteger(score) && score! >= 0 && score! <= 100).toBe(true);
      if (found.some(({ severity }) => severity === "critical")) expect(score).toBeLessThanOrEqual(30);
      if (found.some(({ severity }) => severity === "high")) expect(score).toBeLessThanOrEqual(70);
    }),
  );
});
