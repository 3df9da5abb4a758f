import type { Selectable } from "kysely";
import { type Page, pageOf, type PageRequest, rowsToFetch } from "./page.ts";
import type { RotationPolicyTable } from "./schema-keys.ts";
import type { Database, RotationPolicyRow, Transaction } from "./schema.ts";

/** Sets or replaces what is decided in one place; `domainId` empty: for the whole tenant. */
export async function putRotationPolicy(trx: Transaction, row: RotationPolicyRow): Promise<void> {
  const { tenantId, domainId, ...rest } = { ...row, fields: JSON.stringify(row.fields) };
  await trx
    .insertInto("rotationPolicies")
    .values({ tenantId, domainId, ...rest })
    .onConflict((conflict) => conflict.columns(["tenantId", "domainId"]).doUpdateSet(rest))
    .execute();
}

/** False when nothing was decided there. */
export async function removeRotationPolicy(trx: Transaction, tenantId: string, domainId: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom("rotationPolicies")
    .where("tenantId", "=", tenantId)
    .where("domainId", "=", domainId)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** What was decided for a domain and for its tenant. */
export async function rotationPoliciesOf(
  db: Database,
  tenantId: string,
  domainId: string,
): Promise<RotationPolicyRow[]> {
  const rows = await db
    .selectFrom("rotationPolicies")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("domainId", "in", ["", domainId])
    .execute();
  return rows.map(opened);
}

/** Everything that a tenant decided, what is for all its domains first. */
export async function listRotationPolicies(
  db: Database,
  tenantId: string,
  page: PageRequest,
): Promise<Page<RotationPolicyRow & { domain: string | null }>> {
  let query = db
    .selectFrom("rotationPolicies")
    .leftJoin("domains", "domains.id", "rotationPolicies.domainId")
    .selectAll("rotationPolicies")
    .select("domains.name as domain")
    .where("rotationPolicies.tenantId", "=", tenantId)
    .where((row) => row.or([row("domains.id", "is", null), row("domains.releasedAt", "is", null)]))
    .orderBy("rotationPolicies.domainId")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("rotationPolicies.domainId", ">", page.after);
  const rows = (await query.execute()).map((row) => ({ ...opened(row), domain: row.domain }));
  return pageOf(rows, page, ({ domainId }) => domainId);
}

function opened({
  tenantId,
  domainId,
  fields,
  updatedAt,
  updatedBy,
}: Selectable<RotationPolicyTable>): RotationPolicyRow {
  return { tenantId, domainId, fields: JSON.parse(fields) as RotationPolicyRow["fields"], updatedAt, updatedBy };
}
