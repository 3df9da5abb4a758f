import type { Lookup } from "../../engine/resolver/resolution.ts";
import { type Audit, audit } from "../../model/audit/audit.ts";
import type { AuditContext } from "../../model/audit/check.ts";
import type { AuditEvidence, SelectorSource } from "../../model/audit/evidence.ts";
import type { Expectations } from "../../model/audit/expectations.ts";
import { microsoftSelectors, type SigningConfig } from "../../model/provider/microsoft365/signing-config.ts";
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
  const known = new Map<string, SelectorSource[]>();
  const add = (selector: string, source: SelectorSource): void => {
    known.set(selector, [...(known.get(selector) ?? []), source]);
  };
  for (const selector of expectations.selectors) add(selector, "given");
  const below = `._domainkey.${domain}`;
  for (const name of namesInZone) {
    const selector = name.endsWith(below) ? name.slice(0, -below.length) : "";
    if (selector !== "" && !selector.startsWith("*")) add(selector, "zone");
  }
  if (microsoft365?.some((config) => config.domain === domain) === true)
    for (const selector of microsoftSelectors) add(selector, "import");
  const { selectors, discovery } = await gatherSelectors({ domain, lookup, known, catalogue });
  return { domain, at: now, dns, selectors, discovery, expectations, ...(microsoft365 && { microsoft365 }) };
}
