import type { AuditContext, AuditFinding } from "../check.ts";
import type { AuditEvidence } from "../evidence.ts";
import type { CodeRow } from "../codes/code-row.ts";
import { type FindingCode, findingCodes } from "../finding-codes.ts";
import type { StepState } from "./step.ts";
import { steps } from "./steps.ts";

/**
 * The twelve steps with their state. A finding that says that a step is not done counts, whatever else is missing; what DNS
 * did not answer leaves the steps that rest on DNS open.
 */
export const checklist = (
  evidence: AuditEvidence,
  findings: readonly AuditFinding[],
  context: AuditContext,
): StepState[] =>
  steps.map(({ step, title, missing, failsOn, shows }) => {
    const against = [
      ...new Set(findings.filter((one) => failsOn.includes(one.code) && !isMild(one)).map(({ code }) => code)),
    ];
    const decisive = against.filter((code) => code !== "Undetermined");
    if (decisive.length > 0) return { step, title, state: "failed", seen: [], findings: decisive };
    const needed = missing(evidence, context) ?? unanswered(against);
    if (needed !== undefined) return { step, title, state: "needs evidence", seen: [], findings: [], needed };
    return { step, title, state: "done", seen: shows(evidence, context), findings: [] };
  });

/** The mild form of a code that has a worse one: a key of 1024 bits is still a key. */
function isMild({ code, severity }: AuditFinding): boolean {
  const { severity: all }: CodeRow = findingCodes[code];
  return typeof all !== "string" && severity !== all[0];
}

const unanswered = (against: readonly FindingCode[]): string | undefined =>
  against.length > 0 ? "an answer of DNS: ask again later, or another resolver" : undefined;
