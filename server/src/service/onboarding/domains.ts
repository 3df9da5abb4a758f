import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { findDomain, findDomainByName, listDomains, markDomainReleased } from "../../engine/database/domains.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { Refusal } from "../refusal.ts";
import { signingDomain } from "./domain-name.ts";
import { refuseWhileHosting } from "./hosted-keys.ts";

/** The tenant's claim of a domain, however the name is written. */
export async function domainByName(db: Database, tenantId: string, written: string): Promise<DomainRow> {
  const name = signingDomain(written);
  const row = await findDomainByName(db, tenantId, name);
  if (row === undefined)
    throw new Refusal("not-found", `${name} is not here; "chancery domain add ${name}" takes a delegation`);
  return row;
}

export const domains = (db: Database, tenantId: string, page: PageRequest): Promise<Page<DomainRow>> =>
  listDomains(db, tenantId, page);

/**
 * Releases a claim: nothing is signed for it from now on. Its key records stay until mail in flight has arrived; its names
 * are never given to anyone else.
 */
export async function removeDomain(
  db: Database,
  tenantId: string,
  written: string,
  actor: string,
  now: number,
): Promise<DomainRow> {
  const row = await domainByName(db, tenantId, written);
  await refuseWhileHosting(db, row);
  return transact(db, async (trx) => {
    await markDomainReleased(trx, tenantId, row.id, now);
    await wakeDomain(trx, row.id, now);
    await appendAuditLog(trx, { tenantId, at: now, actor, action: "domain.remove", subject: row.name, detail: {} });
    const released = await findDomain(trx, tenantId, row.id);
    if (released === undefined) throw new Error(`${row.id} was released and is not there`);
    return released;
  });
}
