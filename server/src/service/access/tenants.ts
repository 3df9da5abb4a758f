import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { newId } from "../../engine/database/id.ts";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import type { Database, TenantRow } from "../../engine/database/schema.ts";
import { findTenantByName, insertTenant, listTenants, markTenantRemoved } from "../../engine/database/tenants.ts";
import { transact } from "../../engine/database/transact.ts";
import { Refusal } from "../refusal.ts";

/** The tenant that the first start makes, and that commands act for when none is named. */
export const defaultTenant = "default";

export async function addTenant(db: Database, name: string, actor: string, now: number): Promise<TenantRow> {
  const tenant: TenantRow = { id: newId("ten"), name, createdAt: now, removedAt: null };
  await transact(db, async (trx) => {
    if (!(await insertTenant(trx, tenant))) throw new Refusal("already-exists", `there is a tenant ${name} already`);
    await appendAuditLog(trx, { tenantId: tenant.id, at: now, actor, action: "tenant.add", subject: name, detail: {} });
  });
  return tenant;
}

export async function tenantByName(db: Database, name: string): Promise<TenantRow> {
  const tenant = await findTenantByName(db, name);
  if (tenant === undefined)
    throw new Refusal("not-found", `there is no tenant ${name}; "chancery tenant list" names those that are there`);
  return tenant;
}

export const tenants = (db: Database, page: PageRequest): Promise<Page<TenantRow>> => listTenants(db, page);

/** Takes a tenant's name, tokens and senders away for good. What it holds has to be released before. */
export async function dropTenant(db: Database, tenant: TenantRow, actor: string, now: number): Promise<TenantRow> {
  return transact(db, async (trx) => {
    await markTenantRemoved(trx, tenant.id, now);
    const subject = tenant.name;
    await appendAuditLog(trx, { tenantId: tenant.id, at: now, actor, action: "tenant.remove", subject, detail: {} });
    return { ...tenant, removedAt: now };
  });
}

/** Makes the default tenant unless it is there. Any number of processes may try at once. */
export async function ensureDefaultTenant(db: Database, now: number): Promise<void> {
  if ((await findTenantByName(db, defaultTenant)) === undefined)
    await insertTenant(db, { id: newId("ten"), name: defaultTenant, createdAt: now });
}
