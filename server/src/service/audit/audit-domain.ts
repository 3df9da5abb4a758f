import type { Lookup } from "../../engine/resolver/resolution.ts";
import { type Audit, audit } from "../../model/audit/audit.ts";
import type { AuditContext } from "../../model/audit/check.ts";
import type { AuditEvidence } from "../../model/audit/evidence.ts";
import type { Expectations } from "../../model/audit/expectations.ts";
import { selectorsNamed } from "../../model/audit/discovery/known-selectors.ts";
import type { SigningConfig } from "../../model/provider/microsoft365/signing-config.ts";
import { gatherSelectors } from "./selectors.ts";

/** What an audit is made with. */
export type AuditRequest = {
  /** Lower case, in A-labels, without a final dot. */
  domain: string;
  /** Epoch seconds. */
  now: number;
  lookup: Lookup;
  /** Where `lookup` has its answers from. */
  dns: AuditEvidence["dns"];
  /** Every name that the source of DNS holds, where it can tell (a file can). */
  namesInZone?: readonly string[];
  expectations: Expectations;
  /** What Microsoft 365 says of the tenant's domains; absent: nobody asked it. */
  microsoft365?: readonly SigningConfig[];
  context: AuditContext;
};

/** Gathers what can be seen of a domain, then judges it. */
export async function auditDomain(request: AuditRequest): Promise<{ evidence: AuditEvidence; audit: Audit }> {
  const evidence = await gatherEvidence(request);
  return { evidence, audit: audit(evidence, request.context) };
}

async function gatherEvidence({
  domain,
  now,
  lookup,
  dns,
  namesInZone = [],
  expectations,
  microsoft365,
  context: { catalogue },
}: AuditRequest): Promise<AuditEvidence> {
  const { selectors, discovery } = await gatherSelectors({
    domain,
    dns,
    lookup,
    namesInZone,
    expectations,
    named: selectorsNamed({ domain, ...(microsoft365 && { microsoft365 }) }),
    catalogue,
  });
  return { domain, at: now, dns, selectors, discovery, expectations, ...(microsoft365 && { microsoft365 }) };
}
