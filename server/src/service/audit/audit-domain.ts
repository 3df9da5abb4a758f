import { type Audit, audit } from "../../model/audit/audit.ts";
import type { AuditEvidence } from "../../model/audit/evidence.ts";
import type { AuditRequest } from "./audit-request.ts";
import { gatherEvidence } from "./gather-evidence.ts";

/** Gathers what can be seen of a domain, then judges it. */
export async function auditDomain(request: AuditRequest): Promise<{ evidence: AuditEvidence; audit: Audit }> {
  const evidence = await gatherEvidence(request);
  return { evidence, audit: audit(evidence, request.context) };
}
