import { setDomainOptions } from "../../engine/database/domains.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import { findSelectorImport } from "../../engine/database/selector-imports.ts";
import { transact } from "../../engine/database/transact.ts";
import type { Claim } from "../../model/delegation/delegation.ts";
import type { Finding } from "../../model/finding.ts";
import { type CutOver, cutOverOf, type SelectorImport, titleOf } from "../../model/delegation/selector-import.ts";
import { rrsetsOf, textOf } from "../../model/zone/rrset.ts";
import { importingMethod } from "../../model/delegation/move.ts";
import { claimOf, moveOfClaim } from "./claim.ts";
import { type AskedOptions, importOptions } from "./claim-options.ts";

/** A selector that is taken over into the zone that the delegation leads to, with its records in presentation form. */
export type OtherSelector = {
  selector: string;
  state: "present" | "absent" | "unknown";
  records: { name: string; type: string; ttl: number; data: string }[];
};

/** What is known of selectors of others, and whether the delegation that hides them may be made. */
export async function othersSelectors(
  db: Database,
  { id, name }: DomainRow,
  { options }: Claim,
  now: number,
  zone?: string,
): Promise<{ cutOver: CutOver; listed: OtherSelector[] }> {
  const taken = await findSelectorImport(db, id);
  const cutOver: CutOver =
    taken?.delegatedAt != null ? { may: "delegate" } : cutOverOf(name, options, taken, now, zone);
  return { cutOver, listed: taken?.selectors.map(listedSelector) ?? [] };
}

const listedSelector = ({ state, records, ...sight }: SelectorImport["selectors"][number]): OtherSelector => ({
  selector: titleOf(sight),
  state,
  records: rrsetsOf(records.map(({ data, ...record }) => ({ ...record, data: Buffer.from(data, "base64") })))
    .map(textOf)
    .flatMap(({ name, type, ttl, data }) => data.map((one) => ({ name, type, ttl, data: one }))),
});

/** Says why the NS records are not shown; or, where they are published all the same, that mail of others fails. */
export function selectorImportFindings(
  domain: string,
  cutOver: CutOver,
  isDelegated: boolean,
  name = `_domainkey.${domain}`,
): Finding[] {
  if (cutOver.may === "delegate") return [];
  const others = name === domain ? "the records that stand there and below" : "the selectors of other vendors";
  const remedies = [...new Set(cutOver.reasons.map(({ remedy }) => remedy))].join("; then ");
  return [
    {
      code: "SelectorsNotImported",
      severity: isDelegated ? "critical" : "medium",
      subject: name,
      summary: isDelegated
        ? `${name} is delegated before ${others} were known to be taken over: what is missing in our zone fails`
        : `${name} must not be delegated yet: ${others} would be gone`,
      evidence: cutOver.reasons.map(({ reason }) => reason),
      remedy: isDelegated ? `take the NS records of ${name} away; ${remedies}` : remedies,
    },
  ];
}

/** Says which selectors of others are used: in place of what was said before. */
export async function nameOtherSelectors(
  db: Database,
  row: DomainRow,
  asked: Pick<AskedOptions, "importSelectors" | "otherSelectors">,
  actor: string,
  now: number,
): Promise<void> {
  const claim = claimOf(row);
  const { importSelectors: _, otherSelectors: __, ...rest } = claim.options;
  const importing = importingMethod(claim.method, await moveOfClaim(db, row));
  const options = { ...rest, ...importOptions(importing ?? claim.method, asked, importing !== undefined) };
  await transact(db, async (trx) => {
    await setDomainOptions(trx, row.tenantId, row.id, options);
    await wakeDomain(trx, row.id, now);
    const detail = { importSelectors: options.importSelectors ?? [], otherSelectors: options.otherSelectors ?? null };
    const action = "domain.selectors";
    await appendAuditLog(trx, { tenantId: row.tenantId, at: now, actor, action, subject: row.name, detail });
  });
}
