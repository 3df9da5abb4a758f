import type { Audit } from "../../../model/audit/audit.ts";

/** The document of `audit --json`; its first five fields are fixed. */
export const auditJson = ({ domain, selectors, findings, checklist, checks, score, ...more }: Audit): object => ({
  domain,
  selectors,
  findings,
  checklist,
  /** 0 to 100; null where nothing could be judged. */
  score: score.score ?? null,
  scoreRules: score.rules,
  ...(score.cap && { scoreCap: score.cap }),
  checks,
  discovery: more.discovery,
  exposure: more.exposure,
  posture: more.posture,
  dmarcExplained: more.dmarcExplained,
  readiness: more.readiness,
  at: more.at,
});
