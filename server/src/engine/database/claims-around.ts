import { ancestorsOf } from "./ancestors.ts";
import { bumpChangeCounter } from "./change-counter.ts";
import type { Database, Transaction } from "./schema.ts";

/** Whether a tenant other than this one has a verified claim of a name above, and has closed it to others. */
export async function isClosedAbove(db: Database, tenantId: string, name: string): Promise<boolean> {
  const above = ancestorsOf(name);
  if (above.length === 0) return false;
  const row = await db
    .selectFrom("domains")
    .select("id")
    .where("name", "in", above)
    .where("tenantId", "!=", tenantId)
    .where("verifiedAt", "is not", null)
    .where("releasedAt", "is", null)
    .where("lockedAt", "is not", null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Names below this one that other tenants have verified, at most `limit` of them: never whose they are. */
export async function namesVerifiedBelow(
  db: Database,
  tenantId: string,
  name: string,
  limit: number,
): Promise<{ name: string; verifiedAt: number }[]> {
  const rows = await db
    .selectFrom("claimAncestors")
    .innerJoin("domains", "domains.id", "claimAncestors.domainId")
    .select(["domains.name", "domains.verifiedAt"])
    .where("claimAncestors.ancestor", "=", name)
    .where("domains.tenantId", "!=", tenantId)
    .where("domains.verifiedAt", "is not", null)
    .where("domains.releasedAt", "is", null)
    .orderBy("domains.name")
    .limit(limit)
    .execute();
  return rows.flatMap(({ name: below, verifiedAt }) => (verifiedAt === null ? [] : [{ name: below, verifiedAt }]));
}

/** The tenants with a verified claim of a name above this one, each with the nearest: who is told of a claim below. */
export async function holdersAbove(
  db: Database,
  tenantId: string,
  name: string,
): Promise<{ tenantId: string; name: string }[]> {
  const above = ancestorsOf(name);
  if (above.length === 0) return [];
  return db
    .selectFrom("domains")
    .select(["tenantId", "name"])
    .where("name", "in", above)
    .where("tenantId", "!=", tenantId)
    .where("verifiedAt", "is not", null)
    .where("releasedAt", "is", null)
    .execute();
}

/** Closes a claim's name to claims of others below it, or with `at` null opens it. False when the claim is not in force. */
export async function markDomainLocked(
  trx: Transaction,
  tenantId: string,
  id: string,
  at: number | null,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("domains")
    .set({ lockedAt: at })
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .where("verifiedAt", "is not", null)
    .where("releasedAt", "is", null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  const changedIn = await bumpChangeCounter(trx);
  await trx.updateTable("domains").set({ changedIn }).where("id", "=", id).execute();
  return true;
}
