import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { newId } from "../../engine/database/id.ts";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import type { Database, TokenRow } from "../../engine/database/schema.ts";
import { findTenant, findTenantByName } from "../../engine/database/tenants.ts";
import { findTokenByHash, insertToken, listTokens, revokeToken } from "../../engine/database/tokens.ts";
import { transact } from "../../engine/database/transact.ts";
import { Refusal } from "../refusal.ts";
import { defaultTenant } from "./tenants.ts";

/** Who calls. The admin token acts for every tenant, for `default` when none is named. */
export type Principal = { tenantId: string; tenantName: string; admin: boolean; tokenId: string };

/** A new secret to hand out: the prefix tells people and scanners what it is. */
export const newToken = (): string => `chy_${randomBytes(30).toString("base64url")}`;

const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();

/** Throws Refusal `unauthorized` for a token that opens nothing, `forbidden` for a tenant that it may not act for. */
export async function authenticate(
  db: Database,
  adminToken: string,
  token: string | undefined,
  tenantName: string | undefined,
): Promise<Principal> {
  if (token === undefined) throw new Refusal("unauthorized", "a token is needed: Authorization: Bearer …");
  const hash = hashOf(token);
  if (timingSafeEqual(hash, hashOf(adminToken))) {
    const tenant = await findTenantByName(db, tenantName ?? defaultTenant);
    if (tenant === undefined) throw new Refusal("not-found", `there is no tenant ${tenantName ?? defaultTenant}`);
    return { tenantId: tenant.id, tenantName: tenant.name, admin: true, tokenId: "admin" };
  }
  const row = await findTokenByHash(db, hash.toString("hex"));
  const tenant = row?.tenantId == null ? undefined : await findTenant(db, row.tenantId);
  if (row === undefined || tenant === undefined)
    throw new Refusal("unauthorized", "this token opens nothing; it may have been revoked");
  if (tenantName !== undefined && tenantName !== tenant.name)
    throw new Refusal("forbidden", `this token acts for tenant ${tenant.name} alone`);
  return { tenantId: tenant.id, tenantName: tenant.name, admin: false, tokenId: row.id };
}

/** Makes a token for a tenant. What it opens is in the answer, and nowhere else. */
export async function addToken(
  db: Database,
  tenantId: string,
  name: string,
  actor: string,
  now: number,
): Promise<TokenRow & { token: string }> {
  const token = newToken();
  const row: TokenRow = {
    id: newId("tok"),
    tenantId,
    name,
    hash: hashOf(token).toString("hex"),
    createdAt: now,
    revokedAt: null,
  };
  await transact(db, async (trx) => {
    await insertToken(trx, row);
    await appendAuditLog(trx, { tenantId, at: now, actor, action: "token.add", subject: row.id, detail: { name } });
  });
  return { ...row, token };
}

export const tokens = (db: Database, tenantId: string, page: PageRequest): Promise<Page<TokenRow>> =>
  listTokens(db, tenantId, page);

export async function revoke(
  db: Database,
  tenantId: string,
  id: string,
  actor: string,
  now: number,
): Promise<TokenRow> {
  return transact(db, async (trx) => {
    if (!(await revokeToken(trx, tenantId, id, now)))
      throw new Refusal("not-found", `there is no token ${id} that could be revoked`);
    await appendAuditLog(trx, { tenantId, at: now, actor, action: "token.revoke", subject: id, detail: {} });
    return trx.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  });
}
