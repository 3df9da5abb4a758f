import type { AuditContext } from "../check.ts";
import type { AuditEvidence } from "../evidence.ts";
import type { FindingCode } from "../finding-codes.ts";

/** A step of the audit checklist: what has to be known or done before a delegation can be called sound. */
export type Step = {
  /** Lower case with hyphens; stable, since reports name it. */
  step: string;
  title: string;
  /** What is missing to say anything, or undefined when there is enough. */
  missing: (evidence: AuditEvidence, context: AuditContext) => string | undefined;
  /** Codes that say that it is not done. */
  failsOn: readonly FindingCode[];
  /** What shows that it is done, for people; one line each. */
  shows: (evidence: AuditEvidence, context: AuditContext) => readonly string[];
};

/** `needs evidence`: not known, and `needed` says what would tell. */
export type StepState = {
  step: string;
  title: string;
  state: "done" | "failed" | "needs evidence";
  /** What was seen: of a step that is done. */
  seen: readonly string[];
  /** Of a step that failed: the codes that say so. */
  findings: readonly FindingCode[];
  needed?: string;
};
