import { pageOf, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, TokenRow } from "./schema.ts";

/** False when the same token is known already. */
export async function insertToken(db: Database, token: TokenRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("tokens")
    .values(token)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** The token with this SHA-256, unless it is revoked. */
export async function findTokenByHash(db: Database, hash: string): Promise<TokenRow | undefined> {
  return db.selectFrom("tokens").selectAll().where("hash", "=", hash).where("revokedAt", "is", null).executeTakeFirst();
}

/** Tokens of one tenant, or with `tenantId` null those that act for every tenant; revoked ones included. */
export async function listTokens(db: Database, tenantId: string | null, page: PageRequest): Promise<Page<TokenRow>> {
  let query = db
    .selectFrom("tokens")
    .selectAll()
    .where("tenantId", tenantId === null ? "is" : "=", tenantId)
    .orderBy("id")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return pageOf(await query.execute(), page, ({ id }) => id);
}

/** False when there is no such token of this tenant, or it was revoked before. */
export async function revokeToken(db: Database, tenantId: string | null, id: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("tokens")
    .set({ revokedAt: at })
    .where("tenantId", tenantId === null ? "is" : "=", tenantId)
    .where("id", "=", id)
    .where("revokedAt", "is", null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
