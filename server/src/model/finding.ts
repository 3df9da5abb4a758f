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
  /** When it was last seen, epoch seconds. Absent: it follows from what is recorded, not from a look. */
  seenAt?: number;
};

/** The same told of one name by several records is one finding: all that was seen, all that is to be done. */
export function oneOfEach(findings: readonly Finding[]): Finding[] {
  const alike = Map.groupBy(findings, ({ code, subject, summary }) => `${code} ${subject} ${summary}`);
  return [...alike.values()].map((same) => ({
    ...same[0]!,
    evidence: [...new Set(same.flatMap(({ evidence }) => evidence))],
    remedy: [...new Set(same.map(({ remedy }) => remedy))].join("; "),
  }));
}
