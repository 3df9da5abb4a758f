import { isCatalogZone, readCatalog, readSoa, TYPE, buildZone, type CatalogMember } from "chancery/dns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { catalogDifference, findCatalog } from "../../engine/database/catalog-members.ts";
import { newId } from "../../engine/database/id.ts";
import { openDatabase, type DatabaseOptions } from "../../engine/database/open.ts";
import { everyRow } from "../../engine/database/page.ts";
import { listRecords, type ZoneRecord } from "../../engine/database/records.ts";
import type { Database } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin, insertZone, removeZone } from "../../engine/database/zones.ts";
import { keepCatalog } from "./catalog.ts";

const name = "catalog.dkim.esp.example";

/** The catalog, on SQLite and on PostgreSQL alike. `fresh` answers the options of an empty database. */
export function describeCatalog(fresh: () => Promise<DatabaseOptions>): void {
  describe("the catalog of our zones", () => {
    let db: Database;
    beforeAll(async () => {
      db = await openDatabase(await fresh());
    });
    afterAll(() => db.destroy());

    const open = (origin: string): Promise<unknown> =>
      transact(db, (trx) =>
        insertZone(trx, { id: newId("zon"), origin, kind: "operator", domainId: null, serial: 1, createdAt: 1000 }),
      );
    const remove = async (origin: string): Promise<void> => {
      const zone = await findZoneByOrigin(db, origin);
      if (zone !== undefined) await transact(db, (trx) => removeZone(trx, zone.id, 2000));
    };
    const records = async (): Promise<ZoneRecord[]> => {
      const catalog = await findCatalog(db);
      const found: ZoneRecord[] = [];
      if (catalog !== undefined)
        for await (const record of everyRow((page) => listRecords(db, catalog.id, page))) found.push(record);
      return found;
    };
    const members = async (): Promise<CatalogMember[]> => {
      const read = readCatalog(name, await records());
      return read.ok ? read.value : expect.fail(read.problem);
    };
    const memberZones = async (): Promise<string[]> => (await members()).map(({ zone }) => zone).sort();

    test("without one, zones are opened as ever", async () => {
      await open("first.example");
      expect(await keepCatalog(db, undefined, 1000)).toBe("unchanged");
      expect(await findCatalog(db)).toBeUndefined();
    });

    test("DNS-D-21 it opens with every zone that is served as a member, and can be served", async () => {
      expect(await keepCatalog(db, name, 1_795_000_000)).toBe("changed");
      expect(await memberZones()).toEqual(["first.example"]);
      const zone = buildZone(name, await records());
      expect(isCatalogZone(zone.ok ? zone.value : expect.fail(zone.problem))).toBe(true);
      expect(await keepCatalog(db, name, 1_795_000_001)).toBe("unchanged");
    });

    test("DNS-D-21 a zone that is opened or removed changes it in the same transaction, under a higher serial", async () => {
      const before = await findCatalog(db);
      await open("second.example");
      const opened = await findCatalog(db);
      expect(await memberZones()).toEqual(["first.example", "second.example"]);
      await remove("first.example");
      const removed = await findCatalog(db);
      expect(await memberZones()).toEqual(["second.example"]);
      expect(opened!.serial).toBeGreaterThan(before!.serial);
      expect(removed!.serial).toBeGreaterThan(opened!.serial);
      const soas = (await records()).filter(({ type }) => type === TYPE.SOA);
      expect(soas.map(({ data }) => readSoa(data).serial)).toEqual([removed!.serial]);
    });

    test("a transaction that is given up leaves it as it was", async () => {
      const zone = { id: newId("zon"), origin: "lost.example", kind: "operator", domainId: null } as const;
      const lost = transact(db, async (trx) => {
        await insertZone(trx, { ...zone, serial: 1, createdAt: 1000 });
        throw new Error("given up");
      });
      await expect(lost).rejects.toThrow("given up");
      expect(await memberZones()).toEqual(["second.example"]);
    });

    test("DNS-D-22 a zone that comes back has another label, and labels say nothing of zones", async () => {
      const [before] = await members();
      await remove("second.example");
      await open("second.example");
      const [after] = await members();
      expect(after?.zone).toBe(before?.zone);
      expect(after?.label).not.toBe(before?.label);
      expect(after?.label).toMatch(/^[0-9a-f]{20}$/);
    });

    test("what a program that knows no catalog left behind is made good", async () => {
      await db.updateTable("zones").set({ removedAt: 3000 }).where("origin", "=", "second.example").execute();
      await db.updateTable("zones").set({ removedAt: null }).where("origin", "=", "first.example").execute();
      const catalog = await findCatalog(db);
      expect(await transact(db, (trx) => catalogDifference(trx, catalog!))).toMatchObject({
        missing: [{ origin: "first.example" }],
        stale: [expect.stringMatching(/^zon_/)],
      });
      expect(await keepCatalog(db, name, 1000)).toBe("changed");
      expect(await memberZones()).toEqual(["first.example"]);
    });

    test("thirty zones at once are thirty members, each once", async () => {
      const origins = Array.from({ length: 30 }, (_, at) => `at${10 + at}.example`);
      await Promise.all(origins.map(open));
      expect(await memberZones()).toEqual([...origins, "first.example"]);
    });

    test("under another name it moves, without one it goes; a name that is taken is left alone", async () => {
      expect(await keepCatalog(db, "other.example", 1000)).toBe("changed");
      expect(await findCatalog(db)).toMatchObject({ origin: "other.example" });
      expect(await keepCatalog(db, "first.example", 1000)).toBe("taken");
      expect(await findCatalog(db)).toBeUndefined();
      expect(await keepCatalog(db, name, 1000)).toBe("changed");
      expect(await memberZones()).toHaveLength(31);
      expect(await keepCatalog(db, undefined, 1000)).toBe("changed");
      expect(await findCatalog(db)).toBeUndefined();
    });
  });
}
