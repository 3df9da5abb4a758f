import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appendAuditLog, listAuditLog } from "./audit-log.ts";
import {
  findDomain,
  findDomainByName,
  listDomains,
  markDomainReleased,
  markDomainSuspended,
  markDomainVerified,
  type NewDomain,
} from "./domains.ts";
import { newId } from "./id.ts";
import { issueName, listIssuedNames } from "./issued-names.ts";
import { appendKeyFact, listKeyFacts } from "./key-facts.ts";
import { destroySealed, findKey, findKeyOfRotation, listKeysOfDomain } from "./keys.ts";
import { openDatabase, type DatabaseOptions } from "./open.ts";
import { listRecordStates, putRecordState } from "./record-states.ts";
import { findRotation, listRotations } from "./rotations.ts";
import { addDomain, addKey, addTenant } from "./rows.fixture.ts";
import type { Database, Transaction } from "./schema.ts";
import { insertSender, listSenders, removeSender } from "./senders.ts";
import { insertToken, listTokens, revokeToken } from "./tokens.ts";
import { transact } from "./transact.ts";
import { insertZone, listZonesOfDomain } from "./zones.ts";

/** whatever one tenant asks for by the ids of another, it finds nothing and changes nothing. */
export function describeIsolation(fresh: () => Promise<DatabaseOptions>): void {
  describe("another tenant", () => {
    let db: Database;
    let tenant: string;
    let domain: NewDomain;
    let stranger: string;
    let key: string;
    let rotation: string;
    let token: string;
    let sender: string;
    const write = <T>(work: (trx: Transaction) => Promise<T>): Promise<T> => transact(db, work);
    afterAll(() => db.destroy());
    beforeAll(async () => {
      db = await openDatabase(await fresh());
      tenant = await addTenant(db);
      domain = await addDomain(db, tenant, "ours.example");
      stranger = await addTenant(db);
      key = await addKey(db, tenant, domain.id);
      rotation = (await findKey(db, tenant, key))?.rotationId ?? "";
      token = newId("tok");
      sender = newId("snd");
      await insertToken(db, { id: token, tenantId: tenant, name: "ours", hash: "ours", createdAt: 1, revokedAt: null });
      await write(async (trx) => {
        const createdAt = 1;
        await insertSender(trx, {
          id: sender,
          tenantId: tenant,
          kind: "smtp",
          name: "ours",
          secretHash: null,
          createdAt,
        });
        await insertZone(trx, {
          id: newId("zon"),
          origin: "ours.example",
          kind: "delegated",
          domainId: domain.id,
          serial: 1,
          createdAt,
        });
        await issueName(trx, {
          name: "ours.example.net",
          domainId: domain.id,
          purpose: "ns-host",
          slot: 1,
          issuedAt: 1,
        });
        await appendKeyFact(trx, { keyId: key, kind: "seen", at: 1, trustedMs: 1, evidence: {} });
        await putRecordState(trx, {
          domainId: domain.id,
          name: "ours.example",
          type: "NS",
          state: "unknown",
          found: null,
          checkedAt: 1,
        });
        await appendAuditLog(trx, {
          tenantId: tenant,
          at: 1,
          actor: "test",
          action: "test",
          subject: "ours",
          detail: {},
        });
      });
    });

    const page = { limit: 100 };
    // each of these finds something for the owner, and nothing for anybody else.
    const reads: [string, (tenantId: string) => Promise<unknown>][] = [
      ["findDomain", (tenantId) => findDomain(db, tenantId, domain.id)],
      ["findDomainByName", (tenantId) => findDomainByName(db, tenantId, domain.name)],
      ["listDomains", async (tenantId) => (await listDomains(db, tenantId, page)).rows[0]],
      ["listIssuedNames", async (tenantId) => (await listIssuedNames(db, tenantId, domain.id))[0]],
      ["findKey", (tenantId) => findKey(db, tenantId, key)],
      ["findKeyOfRotation", (tenantId) => findKeyOfRotation(db, tenantId, rotation, "primary")],
      ["listKeysOfDomain", async (tenantId) => (await listKeysOfDomain(db, tenantId, domain.id))[0]],
      ["listKeyFacts", async (tenantId) => (await listKeyFacts(db, tenantId, [key]))[0]],
      ["findRotation", (tenantId) => findRotation(db, tenantId, rotation)],
      ["listRotations", async (tenantId) => (await listRotations(db, tenantId, domain.id, page)).rows[0]],
      ["listZonesOfDomain", async (tenantId) => (await listZonesOfDomain(db, tenantId, domain.id))[0]],
      ["listSenders", async (tenantId) => (await listSenders(db, tenantId, page)).rows[0]],
      ["listTokens", async (tenantId) => (await listTokens(db, tenantId, page)).rows[0]],
      ["listRecordStates", async (tenantId) => (await listRecordStates(db, tenantId, domain.id))[0]],
      ["listAuditLog", async (tenantId) => (await listAuditLog(db, tenantId, page)).rows[0]],
    ];
    for (const [name, read] of reads) {
      test(`R-37 ${name} shows it nothing`, async () => {
        expect(await read(stranger)).toBeUndefined();
        expect(await read(tenant)).toBeDefined();
      });
    }

    // The last ones change for good, so they come after the reads.
    const writes: [string, (tenantId: string, trx: Transaction) => Promise<unknown>, unknown][] = [
      ["markDomainSuspended", (tenantId, trx) => markDomainSuspended(trx, tenantId, domain.id, 5), false],
      ["markDomainVerified", (tenantId, trx) => markDomainVerified(trx, tenantId, domain.id, 5), "gone"],
      ["markDomainReleased", (tenantId, trx) => markDomainReleased(trx, tenantId, domain.id, 5), false],
      ["destroySealed", (tenantId, trx) => destroySealed(trx, tenantId, key), false],
      ["removeSender", (tenantId, trx) => removeSender(trx, tenantId, sender, 5), false],
      ["revokeToken", (tenantId, trx) => revokeToken(trx, tenantId, token, 5), false],
    ];
    for (const [name, change, refused] of writes) {
      test(`R-37 ${name} changes nothing for it`, async () => {
        expect(await write((trx) => change(stranger, trx))).toBe(refused);
        expect(await write((trx) => change(tenant, trx))).not.toBe(refused);
      });
    }
  });
}
