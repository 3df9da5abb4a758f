import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appendAuditLog, listAuditLog } from "./audit-log.ts";
import {
  findDomain,
  findDomainByName,
  insertDomain,
  listDomains,
  markDomainReleased,
  markDomainSuspended,
  markDomainVerified,
  type NewDomain,
} from "./domains.ts";
import { findResponse, forgetResponses, keepResponse, reserveIdempotencyKey } from "./idempotency.ts";
import { newId } from "./id.ts";
import { issueName, listIssuedNames } from "./issued-names.ts";
import { keepKekSentinel, readKekSentinel } from "./kek-sentinel.ts";
import { destroySealed, findKey, findKeyOfRotation, insertKey, isPublicHalfKnown } from "./keys.ts";
import { openDatabase, type DatabaseOptions } from "./open.ts";
import { everyRow, MalformedCursor, type Page, type PageRequest } from "./page.ts";
import { listRecordStates, putRecordState } from "./record-states.ts";
import {
  listRecords,
  listRecordsAt,
  putRecords,
  removeRecords,
  removeRecordsBySource,
  removeRrset,
} from "./records.ts";
import { listDelegations, listNamesBelow, listRrsets } from "./rrsets.ts";
import { insertRotation, listRotations } from "./rotations.ts";
import { addDomain, addKey, addTenant, someKey, someRotation } from "./rows.fixture.ts";
import type { Database, Transaction } from "./schema.ts";
import { findSenderByName, insertSender, listSenders, removeSender } from "./senders.ts";
import { putSetting, readSettings, removeSetting } from "./settings.ts";
import { findTenantByName, insertTenant, listTenants } from "./tenants.ts";
import { findTokenByHash, insertToken, listTokens, revokeToken } from "./tokens.ts";
import { transact } from "./transact.ts";
import { insertZone, listZones, listZonesOfDomain } from "./zones.ts";

/** What each table keeps, hands out by pages, and does not show to another tenant. */
export function describeRows(fresh: () => Promise<DatabaseOptions>): void {
  let db: Database;
  let tenant: string;
  let domain: NewDomain;
  beforeAll(async () => {
    db = await openDatabase(await fresh());
    tenant = await addTenant(db);
    domain = await addDomain(db, tenant, "rows.example");
  });
  afterAll(() => db.destroy());
  const write = <T>(work: (trx: Transaction) => Promise<T>): Promise<T> => transact(db, work);
  const octets = (...values: number[]): Uint8Array => Uint8Array.from(values);

  describe("rows", () => {
    test("a tenant's name is given once", async () => {
      expect(await insertTenant(db, { id: newId("ten"), name: "once", createdAt: 1 })).toBe(true);
      expect(await insertTenant(db, { id: newId("ten"), name: "once", createdAt: 1 })).toBe(false);
      expect((await findTenantByName(db, "once"))?.createdAt).toBe(1);
    });

    test("a token is found by its hash until it is revoked", async () => {
      const token = { id: newId("tok"), tenantId: tenant, name: "ci", hash: "aa", createdAt: 1, revokedAt: null };
      expect(await insertToken(db, token)).toBe(true);
      expect(await findTokenByHash(db, "aa")).toEqual(token);
      expect(await revokeToken(db, tenant, token.id, 7)).toBe(true);
      expect(await revokeToken(db, tenant, token.id, 8)).toBe(false);
      expect(await findTokenByHash(db, "aa")).toBeUndefined();
    });

    test("settings are replaced and taken back", async () => {
      await write((trx) => putSetting(trx, "rows.one", { nested: ["text", 1, null] }, 1));
      await write((trx) => putSetting(trx, "rows.one", { nested: [] }, 2));
      expect((await readSettings(db)).get("rows.one")).toEqual({ nested: [] });
      await write((trx) => removeSetting(trx, "rows.one"));
      expect((await readSettings(db)).has("rows.one")).toBe(false);
    });

    test("of several KEK sentinels the first counts for all", async () => {
      expect(await readKekSentinel(db, "kekSentinel")).toBeUndefined();
      const kept = await Promise.all(["a", "b", "c"].map((sealed) => keepKekSentinel(db, "kekSentinel", sealed, 1)));
      expect(new Set(kept).size).toBe(1);
      expect(await readKekSentinel(db, "kekSentinel")).toBe(kept[0]);
    });

    test("a claim is read as it was written, and made once a tenant", async () => {
      expect(await findDomain(db, tenant, domain.id)).toMatchObject({ ...domain, verifiedAt: null, rev: 0 });
      expect(await write((trx) => insertDomain(trx, { ...domain, id: newId("dom") }))).toBe(false);
    });

    test("a claim is suspended, resumed and released, and then made anew", async () => {
      const { id } = await addDomain(db, tenant, "phases.example");
      await write((trx) => markDomainVerified(trx, tenant, id, 5));
      await write((trx) => markDomainVerified(trx, tenant, id, 6));
      await write((trx) => markDomainSuspended(trx, tenant, id, 7));
      expect(await findDomain(db, tenant, id)).toMatchObject({ verifiedAt: 5, suspendedAt: 7 });
      await write((trx) => markDomainSuspended(trx, tenant, id, null));
      await write((trx) => markDomainReleased(trx, tenant, id, 9));
      expect(await findDomain(db, tenant, id)).toMatchObject({ suspendedAt: null, releasedAt: 9 });
      expect(await findDomainByName(db, tenant, "phases.example")).toBeUndefined();
      const again = await addDomain(db, tenant, "phases.example");
      expect((await findDomainByName(db, tenant, "phases.example"))?.id).toBe(again.id);
    });

    test("I-16 a name is issued once and for ever", async () => {
      const issued = {
        name: "t1.dkim.example.net",
        domainId: domain.id,
        purpose: "key-target",
        slot: 1,
        issuedAt: 1,
      } as const;
      expect(await write((trx) => issueName(trx, issued))).toBe(true);
      const other = await addDomain(db, tenant);
      await write((trx) => markDomainReleased(trx, tenant, domain.id, 5));
      expect(await write((trx) => issueName(trx, { ...issued, domainId: other.id }))).toBe(false);
      await db.updateTable("domains").set({ releasedAt: null }).where("id", "=", domain.id).execute();
      expect(await listIssuedNames(db, tenant, domain.id)).toEqual([issued]);
    });

    test("rotations of one second stand in the order in which they were recorded, page by page", async () => {
      const { id: domainId } = await addDomain(db, tenant);
      const ids = Array.from({ length: 12 }, () => newId("rot"));
      for (const id of ids) await write((trx) => insertRotation(trx, someRotation(tenant, domainId, id)));
      const seen: string[] = [];
      for await (const { id } of everyRow((page) => listRotations(db, tenant, domainId, page), 5)) seen.push(id);
      expect(seen).toEqual(ids);
    });

    test("I-13 of ten workers that fill the same slot of a rotation, one does", async () => {
      const rotation = {
        id: newId("rot"),
        tenantId: tenant,
        domainId: domain.id,
        reason: "age",
        requestedAt: 1,
        requestedBy: "policy",
      };
      await write((trx) => insertRotation(trx, rotation));
      expect(await write((trx) => insertRotation(trx, rotation))).toBe(false);
      const inserted = await Promise.all(
        Array.from({ length: 10 }, () => write((trx) => insertKey(trx, someKey(tenant, domain.id, rotation.id)))),
      );
      expect(inserted.filter(Boolean)).toHaveLength(1);
      const key = await findKeyOfRotation(db, tenant, rotation.id, "primary");
      expect(await findKeyOfRotation(db, tenant, rotation.id, "second")).toBeUndefined();
      const sameHalf = {
        ...someKey(tenant, domain.id, rotation.id),
        role: "second",
        spkiSha256: key?.spkiSha256 ?? "",
      } as const;
      expect(await write((trx) => insertKey(trx, sameHalf))).toBe(false);
      expect(await isPublicHalfKnown(db, key?.spkiSha256 ?? "")).toBe(true);
      expect(await isPublicHalfKnown(db, "unheard of")).toBe(false);
    });

    test("a destroyed private half is gone, and the public half stays", async () => {
      const id = await addKey(db, tenant, domain.id);
      expect((await findKey(db, tenant, id))?.sealed).toBe("{}");
      await write((trx) => destroySealed(trx, tenant, id));
      expect(await findKey(db, tenant, id)).toMatchObject({ sealed: null, record: "v=DKIM1; p=" });
    });

    test("the records of a zone come and go with their source", async () => {
      const zone = {
        id: newId("zon"),
        origin: "records.example",
        kind: "delegated",
        domainId: domain.id,
        serial: 1,
        createdAt: 1,
      } as const;
      const record = { name: "a.records.example", type: 16, ttl: 60, data: octets(3, 0, 255, 128), source: "key:1" };
      await write(async (trx) => {
        await insertZone(trx, zone);
        const many = Array.from({ length: 2500 }, (_, i) => ({
          ...record,
          name: `n${i}.records.example`,
          source: "import",
        }));
        await putRecords(trx, zone.id, [record, { ...record, source: "key:2" }, ...many]);
      });
      expect(await listRecordsAt(db, zone.id, "a.records.example")).toEqual(
        [record, { ...record, source: "key:2" }].map((row) => ({ ...row, data: Buffer.from(row.data) })),
      );
      expect(await write((trx) => removeRecordsBySource(trx, zone.id, "key:1"))).toBe(1);
      expect(await write((trx) => removeRecordsBySource(trx, zone.id, "import"))).toBe(2500);
      expect((await listRecords(db, zone.id, { limit: 10 })).rows.map(({ source }) => source)).toEqual(["key:2"]);
      await write((trx) => removeRecords(trx, zone.id));
      expect((await listRecords(db, zone.id, { limit: 10 })).rows).toEqual([]);
      expect((await listZonesOfDomain(db, tenant, domain.id)).map(({ origin }) => origin)).toEqual(["records.example"]);
    });

    test("RRsets come in pages by name and type, filtered, and one of them is removed alone", async () => {
      const origin = "rrsets.example";
      const zone = { id: newId("zon"), origin, kind: "operator", domainId: null, serial: 1, createdAt: 1 } as const;
      const record = (name: string, type: number, ...data: number[]) => ({
        name,
        type,
        ttl: 60,
        data: octets(...data),
        source: "user",
      });
      const names = ["a.rrsets.example", "*.b.rrsets.example", "_x.b.rrsets.example", "xb.rrsets.example", origin];
      await write(async (trx) => {
        await insertZone(trx, zone);
        for (const name of names)
          await putRecords(trx, zone.id, [record(name, 1, 1, 2, 3, 4), record(name, 16, 1, 65)]);
        await putRecords(trx, zone.id, [record("a.rrsets.example", 16, 1, 66), record("a.rrsets.example", 2, 0)]);
      });
      const seen: string[] = [];
      for (let after: string | undefined; ;) {
        const { rows, next } = await listRrsets(db, zone.id, {}, { limit: 3, after });
        seen.push(...rows.map(([{ name, type }, ...more]) => `${name} ${type} ${more.length + 1}`));
        if (next === undefined) break;
        after = next;
      }
      expect(seen).toHaveLength(11);
      expect(new Set(seen).size).toBe(11);
      expect(seen).toContain("a.rrsets.example 16 2");
      const only = await listRrsets(db, zone.id, { name: "a.rrsets.example", type: 16 }, { limit: 3 });
      expect(only.rows.map((set) => set.length)).toEqual([2]);
      expect((await listDelegations(db, zone.id)).map(({ name }) => name)).toEqual(["a.rrsets.example"]);
      expect((await listNamesBelow(db, zone.id, "b.rrsets.example", 9)).sort()).toEqual(names.slice(1, 3));
      await write((trx) => removeRrset(trx, zone.id, "a.rrsets.example", 16));
      expect((await listRecordsAt(db, zone.id, "a.rrsets.example")).map(({ type }) => type)).toEqual([1, 2]);
    });

    test("a login names one sender on the whole platform, until it is removed", async () => {
      const sender = {
        id: newId("snd"),
        tenantId: tenant,
        kind: "smtp",
        name: "app",
        secretHash: "x",
        createdAt: 1,
      } as const;
      const theirs = { ...sender, id: newId("snd"), tenantId: await addTenant(db) };
      expect(await write((trx) => insertSender(trx, sender))).toBe(true);
      expect(await write((trx) => insertSender(trx, theirs))).toBe(false);
      expect((await findSenderByName(db, "smtp", "app"))?.tenantId).toBe(tenant);
      expect(await findSenderByName(db, "milter", "app")).toBeUndefined();
      expect(await write((trx) => removeSender(trx, tenant, sender.id, 5))).toBe(true);
      expect(await findSenderByName(db, "smtp", "app")).toBeUndefined();
      expect(await write((trx) => insertSender(trx, theirs))).toBe(true);
    });

    test("the latest observation of a record counts, whenever it arrives", async () => {
      const seen = {
        domainId: domain.id,
        name: "s1._domainkey.rows.example",
        type: "CNAME",
        state: "absent",
        found: [],
        checkedAt: 10,
      } as const;
      await write((trx) => putRecordState(trx, seen));
      await write((trx) => putRecordState(trx, { ...seen, state: "present", found: ["t"], checkedAt: 20 }));
      await write((trx) => putRecordState(trx, { ...seen, state: "wrong", checkedAt: 15 }));
      expect(await listRecordStates(db, tenant, domain.id)).toEqual([
        { ...seen, state: "present", found: ["t"], checkedAt: 20 },
      ]);
    });

    test("the audit log is read newest first, each tenant its own", async () => {
      const entry = {
        tenantId: tenant,
        at: 1,
        actor: "admin",
        action: "domain.add",
        subject: "rows.example",
        detail: { method: "txt" },
      };
      await write(async (trx) => {
        await appendAuditLog(trx, entry);
        await appendAuditLog(trx, { ...entry, tenantId: null, action: "settings.put" });
        await appendAuditLog(trx, { ...entry, action: "domain.remove" });
      });
      expect((await listAuditLog(db, tenant, { limit: 5 })).rows.map(({ action }) => action)).toEqual([
        "domain.remove",
        "domain.add",
      ]);
      expect((await listAuditLog(db, undefined, { limit: 2 })).rows[1]).toMatchObject({
        tenantId: null,
        detail: { method: "txt" },
      });
    });
  });

  describe("repeated requests", () => {
    const request = { tenantId: "", key: "k", requestHash: "h", now: 100 };

    test("of two with the same key at once, one is carried out and the other gets its answer", async () => {
      const carryOut = (): Promise<unknown> =>
        write(async (trx) => {
          const reserved = await reserveIdempotencyKey(trx, request);
          if (reserved !== "reserved") return reserved;
          await pause(50);
          await keepResponse(trx, { tenantId: "", key: "k", status: 201, response: "made" });
          return "carried out";
        });
      const answers = await Promise.all([carryOut(), carryOut(), carryOut()]);
      const kept = { requestHash: "h", status: 201, response: "made" };
      expect(answers.filter((answer) => answer === "carried out")).toHaveLength(1);
      expect(answers.filter((answer) => answer !== "carried out")).toEqual([kept, kept]);
    });

    test("one that failed can be made again, and one that is old is forgotten", async () => {
      const failed = write(async (trx) => {
        await reserveIdempotencyKey(trx, { ...request, key: "again" });
        throw new Error("failed");
      });
      await expect(failed).rejects.toThrow("failed");
      expect(await write((trx) => reserveIdempotencyKey(trx, { ...request, key: "again", now: 200 }))).toBe("reserved");
      expect(await findResponse(db, "", "k")).toBeDefined();
      expect(await forgetResponses(db, 150)).toBe(1);
      expect(await findResponse(db, "", "k")).toBeUndefined();
    });
  });

  describe("pages", () => {
    let zoneId: string;
    beforeAll(async () => {
      zoneId = newId("zon");
      await write(async (trx) => {
        await insertZone(trx, {
          id: zoneId,
          origin: "pages.example",
          kind: "operator",
          domainId: null,
          serial: 1,
          createdAt: 1,
        });
        const record = { type: 1, ttl: 1, data: octets(1, 2, 3, 4), source: "import" };
        await putRecords(
          trx,
          zoneId,
          Array.from({ length: 8 }, (_, i) => ({ ...record, name: `n${i % 3}.pages.example` })),
        );
        for (let i = 0; i < 8; i++) {
          const createdAt = i;
          await insertTenant(trx, { id: newId("ten"), name: `page ${i}`, createdAt });
          await insertToken(trx, {
            id: newId("tok"),
            tenantId: tenant,
            name: "page",
            hash: `page ${i}`,
            createdAt,
            revokedAt: null,
          });
          await insertDomain(trx, { ...domain, id: newId("dom"), name: `page${i}.example` });
          await insertZone(trx, {
            id: newId("zon"),
            origin: `page${i}.example`,
            kind: "operator",
            domainId: null,
            serial: 1,
            createdAt,
          });
          await insertSender(trx, {
            id: newId("snd"),
            tenantId: tenant,
            kind: "milter",
            name: `page ${i}`,
            secretHash: null,
            createdAt,
          });
          await insertRotation(trx, {
            id: newId("rot"),
            tenantId: tenant,
            domainId: domain.id,
            reason: "page",
            requestedAt: 5 + (i % 2),
            requestedBy: "test",
          });
          await appendAuditLog(trx, {
            tenantId: tenant,
            at: i,
            actor: "test",
            action: "page",
            subject: String(i),
            detail: {},
          });
        }
      });
    });

    const lists: [string, (page: PageRequest) => Promise<Page<object>>][] = [
      ["tenants", (page) => listTenants(db, page)],
      ["tokens", (page) => listTokens(db, tenant, page)],
      ["domains", (page) => listDomains(db, tenant, page)],
      ["zones", (page) => listZones(db, page)],
      ["senders", (page) => listSenders(db, tenant, page)],
      ["rotations", (page) => listRotations(db, tenant, domain.id, page)],
      ["records", (page) => listRecords(db, zoneId, page)],
      ["audit log", (page) => listAuditLog(db, tenant, page)],
    ];
    for (const [name, list] of lists) {
      test(`${name}: pages of three give the same rows as one page`, async () => {
        const whole = await list({ limit: 1000 });
        expect(whole.next).toBeUndefined();
        expect(whole.rows.length).toBeGreaterThanOrEqual(8);
        const rows: object[] = [];
        for await (const row of everyRow(list, 3)) rows.push(row);
        expect(rows).toEqual(whole.rows);
      });
    }

    test("a page that ends with the list has no next one", async () => {
      expect((await listRecords(db, zoneId, { limit: 8 })).next).toBeUndefined();
    });

    test("a made-up cursor is told apart", async () => {
      for (const after of ["", "x", "1e99.a", "-.a", "é"]) {
        await expect(listRecords(db, zoneId, { limit: 1, after })).rejects.toBeInstanceOf(MalformedCursor);
      }
    });
  });
}
