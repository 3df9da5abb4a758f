import { everyRow } from "../engine/database/page.ts";
import type { Database, TenantRow } from "../engine/database/schema.ts";
import { defaultTenant, dropTenant, tenantByName } from "../service/access/tenants.ts";
import { domains, removeDomain } from "../service/onboarding/domains.ts";
import { Refusal } from "../service/refusal.ts";
import { removeWatch, watches } from "../service/watch/watches.ts";

/**
 * Removes a tenant: its domains are released, each by its own, so that a second try goes on where the first was stopped;
 * then it loses name, tokens and senders. Its keys stay in the grave until mail in flight has arrived, and nobody gets them.
 */
export async function removeTenant(db: Database, name: string, actor: string, now: number): Promise<TenantRow> {
  if (name === defaultTenant)
    throw new Refusal(
      "forbidden",
      `the tenant ${name} stays: commands act for it when none is named; remove its domains`,
    );
  const tenant = await tenantByName(db, name);
  for await (const row of everyRow((page) => domains(db, tenant.id, page)))
    await removeDomain(db, tenant.id, row.name, actor, now, "tenant-removed");
  for await (const row of everyRow((page) => watches(db, tenant.id, page)))
    await removeWatch(db, tenant.id, row.name, actor, now);
  return dropTenant(db, tenant, actor, now);
}
