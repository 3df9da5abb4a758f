import { createPrivateKey } from "node:crypto";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { listDisclosedKeys } from "../../engine/database/disclosed-keys.ts";
import { changeDomainOptions, findDomainByName } from "../../engine/database/domains.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import type { Database } from "../../engine/database/schema.ts";
import { putRotationPolicy, rotationPoliciesOf } from "../../engine/database/rotation-policies.ts";
import { transact } from "../../engine/database/transact.ts";
import { Refusal } from "../refusal.ts";

/** A key that was made public, with its private half as PEM. */
export type PublicPair = {
  selector: string;
  name: string;
  algorithm: string;
  record: string;
  privateKey: string;
  disclosedAt: number;
};

/** The keys of a domain that were made public, for anybody. */
export async function publicPairs(db: Database, domain: string, page: PageRequest): Promise<Page<PublicPair>> {
  const { rows, next } = await listDisclosedKeys(db, domain, page);
  return {
    rows: rows.map(({ selector, keyName: name, algorithm, record, privateKey, disclosedAt }) => {
      const key = createPrivateKey({ key: Buffer.from(privateKey, "base64"), format: "der", type: "pkcs8" });
      const pem = key.export({ format: "pem", type: "pkcs8" }).toString();
      return { selector, name, algorithm, record, privateKey: pem, disclosedAt };
    }),
    next,
  };
}

/**
 * Says for one domain whether its withdrawn keys are made public, as part of its rotation policy; null: as its tenant's policy or the settings
 * say. Refuses a domain that is not there.
 */
export async function setDisclosure(
  db: Database,
  asked: { tenantId: string; domain: string; disclose: boolean | null },
  actor: string,
  now: number,
): Promise<void> {
  const { tenantId, domain, disclose } = asked;
  await transact(db, async (trx) => {
    const row = await findDomainByName(trx, tenantId, domain);
    if (row === undefined)
      throw new Refusal("not-found", `${domain} is not here; "chancery domain list" shows what is`);
    // Where it was said before policies knew it.
    await changeDomainOptions(trx, tenantId, row.id, (options) => {
      const { disclose: _, ...others } = options;
      return others;
    });
    const own = (await rotationPoliciesOf(trx, tenantId, row.id)).find(({ domainId }) => domainId === row.id)?.fields;
    const { disclose: _, ...kept } = own ?? {};
    const fields = disclose === null ? kept : { ...kept, disclose };
    if (own !== undefined || disclose !== null)
      await putRotationPolicy(trx, { tenantId, domainId: row.id, fields, updatedAt: now, updatedBy: actor });
    await wakeDomain(trx, row.id, now);
    await appendAuditLog(trx, {
      tenantId,
      at: now,
      actor,
      action: "domain.disclosure",
      subject: domain,
      detail: { disclose },
    });
  });
}
