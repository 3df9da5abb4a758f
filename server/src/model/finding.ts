export type Severity = "critical" | "high" | "medium" | "low" | "info";

/** From the worst down. */
export const severities: readonly Severity[] = ["critical", "high", "medium", "low", "info"];

/** Whether `severity` is at least as bad as `limit`. */
export const isAtLeast = (severity: Severity, limit: Severity): boolean =>
  severities.indexOf(severity) <= severities.indexOf(limit);

/**
 * A judgement: what is wrong, how bad, where, what shows it, and what to do. Codes are shared by domain status, auditor, API
 * and console; each fires on one meaning.
 */
export type Finding = {
  code: string;
  severity: Severity;
  /** What it is about: a DNS name, mostly. */
  subject: string;
  /** What is wrong, one sentence. */
  summary: string;
  /** What was seen, and where. */
  evidence: string[];
  /** What to do about it, in the owner's words. */
  remedy: string;
};
