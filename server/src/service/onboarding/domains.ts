import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { markDomainLocked } from "../../engine/database/claims-around.ts";
import { readTrustedClock } from "../../engine/database/clock.ts";
import { findDomain, findDomainByName, listDomains, lockDomain } from "../../engine/database/domains.ts";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import type { ClaimEvidence } from "../../model/claim/claim-fact.ts";
import { Refusal } from "../refusal.ts";
import { signingDomain } from "./domain-name.ts";
import { refuseWhileHosting } from "./hosted-keys.ts";
import { recordClaimFact } from "./proof.ts";

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
  reason: ClaimEvidence["released"]["reason"] = "asked",
): Promise<DomainRow> {
  const row = await domainByName(db, tenantId, written);
  if (reason === "asked") await refuseWhileHosting(db, row);
  const trustedMs = (await readTrustedClock(db))?.elapsedMs ?? 0;
  return transact(db, async (trx) => {
    if (await lockDomain(trx, tenantId, row.id))
      await recordClaimFact(trx, row, { kind: "released", evidence: { reason } }, { at: now, trustedMs }, actor);
    const released = await findDomain(trx, tenantId, row.id);
    if (released === undefined) throw new Error(`${row.id} was released and is not there`);
    return released;
  });
}

/** Closes a domain to claims of other tenants below it, or opens it again. Only who has proven control of it may. */
export async function closeDomain(
  db: Database,
  tenantId: string,
  written: string,
  closed: boolean,
  actor: string,
  now: number,
): Promise<DomainRow> {
  const row = await domainByName(db, tenantId, written);
  if ((row.lockedAt !== null) === closed && row.verifiedAt !== null) return row;
  return transact(db, async (trx) => {
    if (!(await markDomainLocked(trx, tenantId, row.id, closed ? now : null)))
      throw new Refusal(
        "not-ready",
        `${row.name} is not verified: "chancery domain verify ${row.name}" looks at the proof of control`,
      );
    const action = closed ? "domain.lock" : "domain.unlock";
    await appendAuditLog(trx, { tenantId, at: now, actor, action, subject: row.name, detail: {} });
    return { ...row, lockedAt: closed ? now : null };
  });
}
