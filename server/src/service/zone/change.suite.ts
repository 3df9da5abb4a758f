import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DatabaseOptions } from "../../engine/database/open.ts";
import { transact } from "../../engine/database/transact.ts";
import { markDomainReleased } from "../../engine/database/domains.ts";
import { recordsOfZoneByPage } from "./records.ts";
import { putRecords } from "../../engine/database/records.ts";
import { findZoneByOrigin, raiseSerial } from "../../engine/database/zones.ts";
import { importZone } from "./import.ts";
import { removeZone } from "./add.ts";
import { type ZoneStage, zoneStage } from "./zone.fixture.ts";

const put = (name: string, type: string, ...data: string[]) => ({ do: "put" as const, name, type, data });
const remove = (name: string, type: string) => ({ do: "remove" as const, name, type });

/** What editors do to zones, on a fresh database; absent: SQLite in a folder of its own. */
export function describeZoneChanges(fresh: () => Promise<DatabaseOptions>): void {
  let stage: ZoneStage;
  beforeAll(async () => {
    stage = await zoneStage(await fresh());
  });
  afterAll(() => stage.close());

  describe("an operator zone", () => {
    beforeAll(() => stage.open("example.com"));

    test("a new one holds SOA and NS by the settings, and a second of that name is refused", async () => {
      expect(await stage.text("example.com")).toBe(
        [
          "$ORIGIN example.com.",
          "@\t300\tIN\tSOA\tns1.dkim.esp.example. hostmaster.dkim.esp.example. 1795000000 3600 600 1814400 300",
          "@\t3600\tIN\tNS\tns1.dkim.esp.example.",
          "",
        ].join("\n"),
      );
      await expect(stage.open("Example.COM.")).rejects.toMatchObject({ code: "already-exists" });
      await expect(stage.open("x.dkim.esp.example")).rejects.toMatchObject({ code: "forbidden" });
    });

    test.each([
      ["A", ["192.0.2.1", "192.0.2.2"]],
      ["AAAA", ["2001:db8::1"]],
      ["MX", ["10 mx.example.net."]],
      ["TXT", ['"some text" "in two strings"']],
      ["CNAME", ["www.example.net."]],
      ["SRV", ["0 5 587 mail.example.net."]],
      ["CAA", ['0 issue "letsencrypt.org"']],
      ["TLSA", ["3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]],
      ["NS", ["ns.example.net."]],
      ["TYPE65280", ["\\# 4 c0000201"]],
    ])("%s records are put and read back as they were written", async (type, data) => {
      const name = `_25._tcp.${type.toLowerCase()}.example.com`;
      const changed = await stage.change("example.com", [put(name, type, ...data)]);
      expect(changed.changes).toEqual([{ name, type, before: null, after: { name, type, ttl: 3600, data } }]);
      const { rows } = await recordsOfZoneByPage(stage.db, stage.operator, "example.com", { name }, { limit: 10 });
      expect(rows).toEqual([{ name, type, ttl: 3600, data, source: "user" }]);
      await stage.change("example.com", [remove(name, type)]);
      expect(
        (await recordsOfZoneByPage(stage.db, stage.operator, "example.com", { name }, { limit: 10 })).rows,
      ).toEqual([]);
    });

    test("an import that comes while somebody edits the zone is compared with what that leaves", async () => {
      await stage.open("import.example.net");
      const file = await stage.text("import.example.net");
      const begun = Promise.withResolvers<void>();
      const editing = transact(stage.db, async (trx) => {
        const { id } = (await findZoneByOrigin(trx, "import.example.net"))!;
        await putRecords(trx, id, [
          { name: "new.import.example.net", type: 1, ttl: 60, data: Uint8Array.of(192, 0, 2, 1), source: "user" },
        ]);
        await raiseSerial(trx, id, 0, 0);
        begun.resolve();
        await pause(100); // the other one has begun, where transactions run side by side
      });
      await begun.promise;
      await Promise.all([editing, importZone(stage.db, "import.example.net", file, "test", 1_795_000_000)]);
      expect(await stage.text("import.example.net")).not.toContain("new");
    });

    test("each change raises the serial and says in the audit log who, what, before and after; nothing to do does neither", async () => {
      const first = await stage.change("example.com", [put("a.example.com", "A", "192.0.2.1")]);
      const second = await stage.change("example.com", [{ ...put("a.example.com", "A", "192.0.2.2"), ttl: 300 }]);
      expect(second.serial).toBeGreaterThan(first.serial);
      const [entry] = await stage.log();
      const set = { name: "a.example.com", type: "A" };
      expect(entry).toMatchObject({
        actor: "admin",
        action: "zone.change",
        subject: "example.com",
        detail: {
          serial: second.serial,
          changes: [
            {
              ...set,
              before: { ...set, ttl: 3600, data: ["192.0.2.1"] },
              after: { ...set, ttl: 300, data: ["192.0.2.2"] },
            },
          ],
        },
      });
      const again = await stage.change("example.com", [
        put("a.example.com", "A", "192.0.2.2"),
        remove("b.example.com", "A"),
      ]);
      expect(again).toMatchObject({ serial: second.serial, changes: [] });
      expect((await stage.log())[0]).toEqual(entry);
    });

    test("the serial follows a SOA that is put, and never goes back", async () => {
      const soa = (serial: number) =>
        put("@", "SOA", `ns1.dkim.esp.example. hostmaster.example.com. ${serial} 3600 600 1814400 300`);
      expect((await stage.change("example.com", [soa(2_026_112_201)])).serial).toBe(2_026_112_201);
      expect((await stage.change("example.com", [put("c.example.com", "A", "192.0.2.1")])).serial).toBe(2_026_112_202);
      expect(await stage.change("example.com", [soa(5)])).toMatchObject({ serial: 2_026_112_202, changes: [] });
      expect(await stage.text("example.com")).toContain("hostmaster.example.com. 2026112202 ");
    });

    test("all or nothing: with one change refused none is done", async () => {
      const before = await stage.text("example.com");
      const changes = [put("d.example.com", "A", "192.0.2.1"), put("a.example.com", "CNAME", "x.example.net.")];
      await expect(stage.change("example.com", changes)).rejects.toMatchObject({ code: "records-refused" });
      expect(await stage.text("example.com")).toBe(before);
    });

    test("two editors do not overwrite each other: a change for another serial is refused", async () => {
      const { serial } = await recordsOfZoneByPage(stage.db, stage.operator, "example.com", {}, { limit: 1 });
      const changes = [put("e.example.com", "A", "192.0.2.1")];
      const both = await Promise.allSettled([
        stage.change("example.com", changes, { serial }),
        stage.change("example.com", [put("e.example.com", "A", "192.0.2.9")], { serial }),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "changed-meanwhile" } });
    });

    test("a dry run says the same and does nothing", async () => {
      const before = await stage.text("example.com");
      const changes = [put("f.example.com", "A", "192.0.2.1")];
      const dry = await stage.change("example.com", changes, { dryRun: true });
      expect(await stage.text("example.com")).toBe(before);
      expect(dry.changes).toEqual((await stage.change("example.com", changes)).changes);
    });

    test("lists come in pages that never part an RRset, filtered by name and type", async () => {
      await stage.change("example.com", [
        put("p.example.com", "TXT", '"1"', '"2"', '"3"'),
        put("p.example.com", "MX", "0 ."),
      ]);
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await recordsOfZoneByPage(stage.db, stage.operator, "example.com", {}, { limit: 2, after });
        expect(page.rows.length).toBeLessThanOrEqual(2);
        seen.push(...page.rows.map(({ name, type, data }) => `${name} ${type} ${data.length}`));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toContain("p.example.com TXT 3");
      expect(new Set(seen).size).toBe(seen.length);
      const { rows } = await recordsOfZoneByPage(
        stage.db,
        stage.operator,
        "example.com",
        { type: "txt" },
        { limit: 9 },
      );
      expect(rows.map(({ name }) => name)).toEqual(["p.example.com"]);
    });

    test("one that is removed and opened again has a higher serial and none of the old records", async () => {
      await stage.open("gone.example");
      await stage.change("gone.example", [put("gone.example", "A", "192.0.2.1")], { now: 1_795_000_500 });
      await removeZone(stage.db, stage.operator, "gone.example", 1_795_000_600);
      await expect(stage.text("gone.example")).rejects.toMatchObject({ code: "not-found" });
      await stage.open("gone.example");
      const { rows, serial } = await recordsOfZoneByPage(stage.db, stage.operator, "gone.example", {}, { limit: 9 });
      expect(rows.map(({ type }) => type)).toEqual(["NS", "SOA"]);
      expect(serial).toBeGreaterThan(1_795_000_600);
    });
  });

  describe("the zone delegated for a tenant's domain", () => {
    test("its own tenant changes it, another's token does not even see it, nor any operator zone", async () => {
      const { origin, tenant } = await stage.delegate("one.example");
      const other = await stage.delegate("two.example");
      const changes = [put(`_adsp.${origin}`, "TXT", '"dkim=all"')];
      expect((await stage.change(origin, changes, { editor: tenant })).changes).toHaveLength(1);
      expect((await stage.log())[0]).toMatchObject({ actor: "tok_1", tenantId: tenant.tenantId, subject: origin });
      for (const editor of [other.tenant])
        await expect(stage.change(origin, changes, { editor })).rejects.toMatchObject({ code: "not-found" });
      await expect(stage.change("example.com", changes, { editor: tenant })).rejects.toMatchObject({
        code: "not-found",
      });
      await expect(recordsOfZoneByPage(stage.db, tenant, other.origin, {}, { limit: 1 })).rejects.toMatchObject({
        code: "not-found",
      });
    });

    test("what Chancery keeps there is refused with the reason: SOA, NS, key records, and the names of keys to come", async () => {
      const { origin, tenant, keyName } = await stage.delegate("three.example");
      const key = '"v=DKIM1; p="';
      const refused = [
        ["SOA and NS follow", put("@", "NS", "ns.example.net.")],
        ["SOA and NS follow", put("@", "SOA", "a.example. b.example. 1 3600 600 1814400 300")],
        ["SOA and NS follow", remove(origin, "NS")],
        ["it is the record of a key", put(keyName, "TXT", '"v=DKIM1; t=y; p="')],
        ["it is the record of a key", remove(keyName, "TXT")],
        ["form of the selectors", put(`dec2026-2.${origin}`, "TXT", key)],
        ["form of the selectors", put(`jan2027-ed25519.${origin}`, "TXT", key)],
      ] as const;
      for (const editor of [tenant, stage.operator])
        for (const [reason, change] of refused)
          await expect(stage.change(origin, [change], { editor })).rejects.toMatchObject({
            code: "forbidden",
            message: expect.stringContaining(reason) as string,
          });
      await expect(stage.change(origin, [put(keyName, "A", "192.0.2.1")], { editor: tenant })).rejects.toThrow(
        "form of",
      );
      await expect(removeZone(stage.db, stage.operator, origin, 9)).rejects.toMatchObject({ code: "forbidden" });
    });

    test("of a released claim it is left as it is, for the mail that is still on its way", async () => {
      const { origin, tenant, domainId } = await stage.delegate("four.example");
      await transact(stage.db, (trx) => markDomainReleased(trx, tenant.tenantId, domainId, 9));
      const changes = [put(`x.${origin}`, "A", "192.0.2.1")];
      await expect(stage.change(origin, changes, { editor: tenant })).rejects.toMatchObject({ code: "forbidden" });
    });

    test("a weak key is refused for a tenant and told to an operator", async () => {
      const { origin, tenant } = await stage.delegate("five.example");
      await stage.open("five-operator.example");
      const { generateKeyPairSync } = await import("node:crypto");
      const spki = generateKeyPairSync("rsa", { modulusLength: 512 }).publicKey.export({ type: "spki", format: "der" });
      const key = `"v=DKIM1; p=${spki.toString("base64")}"`;
      await expect(stage.change(origin, [put(`own.${origin}`, "TXT", key)], { editor: tenant })).rejects.toMatchObject({
        code: "records-refused",
        message: expect.stringContaining("512 bits") as string,
      });
      const kept = await stage.change("five-operator.example", [put("s._domainkey.five-operator.example", "TXT", key)]);
      expect(kept.warnings).toEqual([expect.stringContaining("512 bits")]);
    });
  });
}
