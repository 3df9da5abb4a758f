import type { Severity } from "../finding.ts";
import type { AuditFinding, CheckedOff } from "./check.ts";
import { checks } from "./checks.ts";
import type { FindingCode } from "./finding-codes.ts";
import { scoreRules, type ScoreRule } from "./score-rules.ts";

/** A rule and what came of it. `partly met`: nothing worse than a low finding, which costs half. */
export type ScoredRule = Omit<ScoreRule, "codes"> & {
  state: "met" | "partly met" | "not met" | "needs evidence";
  earned: number;
  /** Codes that cost the points. */
  findings: readonly FindingCode[];
};

/**
 * 0 to 100: a hundred, less what the rules that could be judged took away. `score` is undefined where nothing could be judged.
 * `cap`: a grave finding keeps the score down, whatever else is right.
 */
export type Score = {
  score: number | undefined;
  rules: readonly ScoredRule[];
  cap?: { at: number; severity: Severity };
};

/** The most that a domain can have with such a finding. */
const caps: readonly { severity: Severity; at: number }[] = [
  { severity: "critical", at: 30 },
  { severity: "high", at: 70 },
];

/** Scores an audit. What needs evidence does not count against the domain; a fix never lowers the score. */
export function scoreOf(checked: readonly CheckedOff[], findings: readonly AuditFinding[]): Score {
  const states = new Map(checked.map(({ name, state }) => [name, state]));
  const rules = scoreRules.map((rule) => scored(rule, states, findings));
  const judged = rules.filter(({ state }) => state !== "needs evidence");
  if (judged.length === 0) return { score: undefined, rules };
  const lost = judged.reduce((sum, { points, earned }) => sum + points - earned, 0);
  const cap = caps.find(({ severity }) => findings.some((finding) => finding.severity === severity));
  return { score: Math.min(Math.floor(100 - lost), cap?.at ?? 100), rules, ...(cap && { cap }) };
}

function scored(
  { codes, ...rule }: ScoreRule,
  states: ReadonlyMap<string, CheckedOff["state"]>,
  findings: readonly AuditFinding[],
): ScoredRule {
  const against = findings.filter(({ code, severity }) => codes.includes(code) && severity !== "info");
  if (against.length > 0) {
    const isLow = against.every(({ severity }) => severity === "low");
    const found = [...new Set(against.map(({ code }) => code))];
    return { ...rule, state: isLow ? "partly met" : "not met", earned: isLow ? rule.points / 2 : 0, findings: found };
  }
  const isKnown = checks.some((check) => {
    const state = states.get(check.name);
    return (state === "passed" || state === "failed") && check.codes.some((code) => codes.includes(code));
  });
  return isKnown
    ? { ...rule, state: "met", earned: rule.points, findings: [] }
    : { ...rule, state: "needs evidence", earned: 0, findings: [] };
}
