import type { Audit } from "../../../model/audit/audit.ts";
import type { AuditEvidence } from "../../../model/audit/evidence.ts";

/** The document of `audit --json`; its first five fields are fixed. */
export function auditJson({ selectors, at }: AuditEvidence, { domain, findings, checks }: Audit): object {
  return { domain, selectors, findings, checklist: [], score: 0, checks, at };
}
