import { expect } from "vitest";
import { tableCodes, type NamedCase } from "./case.ts";

/** What `audit --json` prints, as far as the lab judges it. */
export type AuditDocument = {
  domain: string;
  findings: readonly {
    code: string;
    severity: string;
    subject: string;
    summary: string;
    evidence: unknown;
    remedy: string;
  }[];
};

/**
 * Compares what was found with what a case has to show, in words that say what is missing or too much. `status`: of the
 * command; undefined where none was run.
 */
export function judge(one: NamedCase, status: number | undefined, { findings }: AuditDocument): void {
  const told = findings.map(({ code, severity, subject, summary }) => `${severity} ${code} ${subject}: ${summary}`);
  for (const [code, subjects] of Object.entries(one.finds)) {
    const found = findings.filter((finding) => finding.code === code);
    expect(found, `${code} is missing; found: ${told.join("; ")}`).not.toEqual([]);
    if (subjects.length > 0)
      expect([...new Set(found.map(({ subject }) => subject))].sort(), told.join("; ")).toEqual(
        [subjects].flat().sort(),
      );
    const severity = one.severities?.[code];
    if (severity !== undefined) expect(found.map((finding) => finding.severity)).toEqual(found.map(() => severity));
  }
  const forbidden = [...tableCodes, ...(one.not ?? [])].filter(
    (code) => !(code in one.finds) && !(one.besides ?? []).includes(code),
  );
  expect(told.filter((_, index) => forbidden.includes(findings[index]!.code))).toEqual([]);
  for (const { summary, evidence, remedy } of findings) {
    expect(summary).not.toBe("");
    expect(remedy).not.toBe("");
    expect(evidence).toBeDefined();
  }
  if (status !== undefined) expect(status, told.join("; ")).toBe(statusOf(findings));
}

const failing = ["high", "critical"];

/** The exit status with `--fail-on high`: a finding that bad, else one that says nothing can be said, else none. */
function statusOf(findings: AuditDocument["findings"]): number {
  if (findings.some(({ code, severity }) => code !== "Undetermined" && failing.includes(severity))) return 1;
  return findings.some(({ code }) => code === "Undetermined") ? 3 : 0;
}
