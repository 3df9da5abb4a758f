import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { findDomain, putDomainOptions } from "../../engine/database/domains.ts";
import { issueName } from "../../engine/database/issued-names.ts";
import type { Transaction } from "../../engine/database/schema.ts";
import type { KeyRole } from "../../model/key-role.ts";
import { nextNames, usualBatch } from "../../model/name-series.ts";
import type { LoadedDomain } from "./load-domain.ts";
import type { ZoneContext } from "./zone-rows.ts";

/** Gives the claim the next names of its series for one role, with targets of ours that nobody had before or gets again (I-16). */
export async function issueNextNames(
  trx: Transaction,
  { row, claim, method, keyRows }: LoadedDomain,
  { role, unused }: { role: KeyRole; unused: number },
  { dns, policy, now }: ZoneContext,
): Promise<void> {
  const { rotateAfterSeconds } = policy;
  const fresh = (await findDomain(trx, row.tenantId, row.id)) ?? row;
  const series = fresh.options.series ?? { batch: usualBatch(rotateAfterSeconds), names: [] };
  const taken = keyRows.map(({ selector }) => selector);
  const added = nextNames(series, role, { label: claim.label, unused, now, rotateAfterSeconds, taken });
  const options = { ...fresh.options, series: { ...series, names: [...series.names, ...added] } };
  await putDomainOptions(trx, row.id, options);
  const given = method.issuedNames({ ...claim, options }, [role], dns);
  for (const issued of given.slice(series.names.length))
    if (!(await issueName(trx, { ...issued, domainId: row.id, issuedAt: now })))
      throw new Error(`the name ${issued.name} was given to a claim before`);
  await appendAuditLog(trx, {
    tenantId: row.tenantId,
    at: now,
    actor: "controller",
    action: "domain.names",
    subject: row.name,
    detail: { selectors: added.map(({ selector }) => selector) },
  });
}
