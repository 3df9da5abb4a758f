import type { Selectable } from "kysely";
import type { ClaimEvent } from "../../model/rolls/entry.ts";
import { ancestorsOf } from "./ancestors.ts";
import { bumpChangeCounter } from "./change-counter.ts";
import { appendClaimEvent, beginRolls } from "./rolls.ts";
import { pageOf, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, DomainRow, DomainTable, KeyAlgorithm, Transaction } from "./schema.ts";
import { unlessTaken } from "./transact.ts";

export type NewDomain = Pick<
  DomainRow,
  "id" | "tenantId" | "name" | "method" | "label" | "seed" | "challengeToken" | "algorithms" | "createdAt"
> & { options?: DomainRow["options"] };

/** Records a claim. False when the tenant has one of this name that is not released. Other tenants' claims do not matter until one is verified. */
export async function insertDomain(trx: Transaction, domain: NewDomain): Promise<boolean> {
  const changedIn = await bumpChangeCounter(trx);
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("domains")
    .values({
      ...domain,
      algorithms: JSON.stringify(domain.algorithms),
      options: JSON.stringify(domain.options ?? {}),
      rev: 0,
      dueAt: domain.createdAt,
      changedIn,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) return false;
  const above = ancestorsOf(domain.name).map((ancestor) => ({ domainId: domain.id, ancestor }));
  if (above.length > 0) await trx.insertInto("claimAncestors").values(above).execute();
  await beginRolls(trx, domain.id);
  return true;
}

export async function findDomain(db: Database, tenantId: string, id: string): Promise<DomainRow | undefined> {
  const row = await db
    .selectFrom("domains")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .executeTakeFirst();
  return row && opened(row);
}

/** The tenant's claim of a name, unless it is released. */
export async function findDomainByName(db: Database, tenantId: string, name: string): Promise<DomainRow | undefined> {
  const row = await db
    .selectFrom("domains")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("name", "=", name)
    .where("releasedAt", "is", null)
    .executeTakeFirst();
  return row && opened(row);
}

/** The one verified claim of a name, whoever's: for deciding whether another may be verified, never to be shown to a tenant. */
export async function findVerifiedDomain(db: Database, name: string): Promise<DomainRow | undefined> {
  const row = await db
    .selectFrom("domains")
    .selectAll()
    .where("name", "=", name)
    .where("verifiedAt", "is not", null)
    .where("releasedAt", "is", null)
    .executeTakeFirst();
  return row && opened(row);
}

/** Which of these names the tenant has verified and not released. */
export async function verifiedNames(db: Database, tenantId: string, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const rows = await db
    .selectFrom("domains")
    .select("name")
    .where("tenantId", "=", tenantId)
    .where("name", "in", names)
    .where("verifiedAt", "is not", null)
    .where("suspendedAt", "is", null)
    .where("releasedAt", "is", null)
    .execute();
  return new Set(rows.map(({ name }) => name));
}

/** The tenant's claims that are not released, by name. */
export async function listDomains(db: Database, tenantId: string, page: PageRequest): Promise<Page<DomainRow>> {
  let query = db
    .selectFrom("domains")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("releasedAt", "is", null)
    .orderBy("name")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("name", ">", page.after);
  return pageOf((await query.execute()).map(opened), page, ({ name }) => name);
}

/** Of all tenants, released ones included: what a follower has to look at after change number `change`. */
export async function listDomainsChangedAfter(
  db: Database,
  change: number,
  page: PageRequest,
): Promise<Page<DomainRow>> {
  let query = db
    .selectFrom("domains")
    .selectAll()
    .where("changedIn", ">", change)
    .orderBy("id")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return pageOf((await query.execute()).map(opened), page, ({ id }) => id);
}

/**
 * Makes the claim the verified one of its name. Of any number that try, one succeeds; the others learn that the name is taken and nothing more.
 * "gone" when the claim is released, not this tenant's, or has another token than `token`, the one that was seen. Verifying again keeps the
 * first time.
 */
export async function markDomainVerified(
  trx: Transaction,
  tenantId: string,
  id: string,
  at: number,
  token?: string,
): Promise<"verified" | "claimed-elsewhere" | "gone"> {
  if (!(await lockDomain(trx, tenantId, id, token))) return "gone";
  const changedIn = await bumpChangeCounter(trx);
  await beginRolls(trx, id);
  const before = await trx.selectFrom("domains").select("verifiedAt").where("id", "=", id).executeTakeFirstOrThrow();
  const updated = await unlessTaken(trx, () =>
    trx
      .updateTable("domains")
      .set((row) => ({ verifiedAt: row.fn.coalesce("verifiedAt", row.val(at)), changedIn }))
      .where("id", "=", id)
      .executeTakeFirst(),
  );
  if (updated === undefined) return "claimed-elsewhere";
  if (before.verifiedAt === null) await appendClaimEvent(trx, id, "verified", at);
  return "verified";
}

/** Suspends the claim, or with `at` null lifts the suspension (at `now`, where the caller says it). False when there is no such claim. */
export async function markDomainSuspended(
  trx: Transaction,
  tenantId: string,
  id: string,
  at: number | null,
  now: number | undefined = at ?? undefined,
): Promise<boolean> {
  return updateDomain(trx, tenantId, id, { suspendedAt: at }, at === null ? "resumed" : "suspended", now);
}

/** Makes a method the claim's for good, once no key is under another; the rolls keep it. Nothing happens where there is no such claim. */
export async function setDomainMethod(
  trx: Transaction,
  tenantId: string,
  id: string,
  { from, to, at }: { from: DomainRow["method"]; to: DomainRow["method"]; at: number },
): Promise<void> {
  if (from === to) return; // a move that was given up
  const changed = await updateDomain(trx, tenantId, id, { method: to }, undefined, undefined);
  if (changed) await appendClaimEvent(trx, id, "moved", at, { from, to });
}

/** Replaces what was agreed for a claim beyond its method. Belongs under the claim's lease: the last writer wins. */
export async function putDomainOptions(trx: Transaction, id: string, options: DomainRow["options"]): Promise<void> {
  const changedIn = await bumpChangeCounter(trx);
  await trx
    .updateTable("domains")
    .set({ options: JSON.stringify(options), changedIn })
    .where("id", "=", id)
    .execute();
}

/** Changes what was agreed for a claim beyond its method, beside workers that change other parts of it. False when there is no such claim. */
export async function changeDomainOptions(
  trx: Transaction,
  tenantId: string,
  id: string,
  change: (options: DomainRow["options"]) => DomainRow["options"],
): Promise<boolean> {
  if (!(await lockDomain(trx, tenantId, id))) return false;
  const row = await findDomain(trx, tenantId, id);
  if (row === undefined) return false;
  await putDomainOptions(trx, id, change(row.options));
  return true;
}

/** Gives the name free for others. The row stays, and so do its issued names. False when there is no such claim. */
export async function markDomainReleased(trx: Transaction, tenantId: string, id: string, at: number): Promise<boolean> {
  return updateDomain(trx, tenantId, id, { releasedAt: at }, "released", at);
}

/** What is agreed for a claim, in place of what was. False when there is no such claim. */
export async function setDomainOptions(
  trx: Transaction,
  tenantId: string,
  id: string,
  options: DomainRow["options"],
): Promise<boolean> {
  return updateDomain(trx, tenantId, id, { options: JSON.stringify(options) }, undefined, undefined);
}

async function updateDomain(
  trx: Transaction,
  tenantId: string,
  id: string,
  change:
    | { suspendedAt: number | null }
    | { releasedAt: number }
    | { options: string }
    | { method: DomainRow["method"] },
  event: ClaimEvent | undefined,
  at: number | undefined,
): Promise<boolean> {
  if (!(await lockDomain(trx, tenantId, id))) return false;
  const changedIn = await bumpChangeCounter(trx);
  await beginRolls(trx, id);
  await trx
    .updateTable("domains")
    .set({ ...change, changedIn })
    .where("id", "=", id)
    .execute();
  if (event !== undefined) await appendClaimEvent(trx, id, event, at);
  return true;
}

/**
 * Locks a claim that is not released; false when there is none. Before the change counter, because that is the order of the workers
 * (`fenced`, then their changes): the other way round the two would wait for each other.
 */
export async function lockDomain(trx: Transaction, tenantId: string, id: string, token?: string): Promise<boolean> {
  let locking = trx
    .updateTable("domains")
    .set((row) => ({ rev: row.ref("rev") }))
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .where("releasedAt", "is", null);
  if (token !== undefined) locking = locking.where("challengeToken", "=", token);
  const { numUpdatedRows } = await locking.executeTakeFirst();
  return numUpdatedRows === 1n;
}

function opened(row: Selectable<DomainTable>): DomainRow {
  return {
    ...row,
    algorithms: JSON.parse(row.algorithms) as KeyAlgorithm[],
    options: JSON.parse(row.options) as DomainRow["options"],
  };
}
