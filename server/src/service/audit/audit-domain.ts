import type { Lookup } from "../../engine/resolver/resolution.ts";
import { type Audit, audit } from "../../model/audit/audit.ts";
import type { AuditContext } from "../../model/audit/check.ts";
import type { AuditEvidence, SelectorSource } from "../../model/audit/evidence.ts";
import type { Expectations } from "../../model/audit/expectations.ts";
import { selectorsInUse } from "../../model/audit/seen-selector.ts";
import { microsoftSelectors, type SigningConfig } from "../../model/provider/microsoft365/signing-config.ts";
import { gatherMail } from "./mail/mail-evidence.ts";
import { gatherReports } from "./reports/report-evidence.ts";
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
  /** Messages, mboxes and Maildirs as receivers have them. Absent or empty: mail is no part of the evidence. */
  mailFiles?: readonly string[];
  /** Aggregate reports as they came. Absent or empty: reports are no part of the evidence. */
  reportFiles?: readonly string[];
};

/** Gathers what can be seen of a domain, then judges it. */
export async function auditDomain(request: AuditRequest): Promise<{ evidence: AuditEvidence; audit: Audit }> {
  const evidence = await gatherEvidence(request);
  return { evidence, audit: audit(evidence, request.context) };
}

async function gatherEvidence(request: AuditRequest): Promise<AuditEvidence> {
  const { domain, now, lookup, dns, namesInZone = [], expectations, microsoft365 } = request;
  const { mailFiles = [], reportFiles = [], context } = request;
  const { catalogue } = context;
  const mail = mailFiles.length === 0 ? undefined : await gatherMail({ files: mailFiles, domain, lookup, now });
  const reports = reportFiles.length === 0 ? undefined : await gatherReports({ files: reportFiles, domain, lookup });
  const known = new Map<string, SelectorSource[]>();
  const add = (selector: string, source: SelectorSource): void => {
    known.set(selector, [...(known.get(selector) ?? []), source]);
  };
  for (const selector of expectations.selectors) add(selector, "given");
  for (const { selector } of selectorsInUse(reports?.selectors ?? [], domain)) add(selector, "report");
  for (const { selector, signingDomain } of mail?.selectors ?? []) if (signingDomain === domain) add(selector, "mail");
  const below = `._domainkey.${domain}`;
  for (const name of namesInZone) {
    const selector = name.endsWith(below) ? name.slice(0, -below.length) : "";
    if (selector !== "" && !selector.startsWith("*")) add(selector, "zone");
  }
  if (microsoft365?.some((config) => config.domain === domain) === true)
    for (const selector of microsoftSelectors) add(selector, "import");
  const { selectors, discovery } = await gatherSelectors({ domain, lookup, known, catalogue });
  return {
    domain,
    at: now,
    dns,
    selectors,
    discovery,
    expectations,
    ...(microsoft365 && { microsoft365 }),
    ...(mail && { mail }),
    ...(reports && { reports }),
  };
}
