import type { Audit } from "../../../model/audit/audit.ts";

/** The document of `audit --json`; its first five fields are fixed. */
export const auditJson = ({
  domain,
  selectors,
  findings,
  checklist,
  checks,
  discovery,
  exposure,
  at,
}: Audit): object => ({
  domain,
  selectors,
  findings,
  checklist,
  score: 0,
  checks,
  discovery,
  exposure,
  at,
});
