import { TYPE } from "chancery/dns";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listAuditLog } from "../../../engine/database/audit-log.ts";
import { listFloors } from "../../../engine/database/serial-floors.ts";
import { transact } from "../../../engine/database/transact.ts";
import { putZoneSigning } from "../../../engine/database/zone-keys.ts";
import { findZoneByOrigin } from "../../../engine/database/zones.ts";
import { loadStore } from "../../../engine/zone-store/load.ts";
import { disk } from "../../../engine/zone-store/disk.ts";
import type { StoreState } from "../../../engine/zone-store/store-state.ts";
import { adoptOverride } from "./adopt.ts";
import { differences, reconcile } from "./reconcile.ts";
import type { ZoneOverride } from "./served-zones.ts";
import { address, text, ZoneRig } from "./served-zones.fixture.ts";
import { join } from "node:path";

const zone = "dkim.example.net";
const at = (label: string): string => `${label}.${zone}`;
const operator = { actor: "operator", now: 1_795_000_000, serviceZone: undefined };
let rig: ZoneRig;
beforeEach(async () => {
  rig = await ZoneRig.start();
});
afterEach(() => rig.close());
const onDisk = async (): Promise<StoreState> => {
  const { state } = await loadStore(disk, rig.folder, join(rig.folder, "zones"));
  return state ?? expect.fail("nothing is stored");
};

describe("following the database", () => {
  test("a change is taken over as what it changes, with its place in the history, and the rest of the zone is not read", async () => {
    await rig.open(zone, [text(at("a"), "one"), text(at("b"), "two")]);
    await rig.follow();
    // A record that goes without leave of the journal is seen only by who reads the whole zone.
    await rig.db.deleteFrom("records").where("name", "=", at("a")).execute();
    await rig.change(zone, [text(at("c"), "three")], [{ name: at("b"), type: TYPE.TXT }]);
    await rig.follow();
    expect(rig.records(zone)).toEqual([`${at("a")} one`, `${at("c")} three`]);
    expect(rig.served.now.history(zone)).toMatchObject([
      { fromSerial: 1, toSerial: 2, removed: [{ type: TYPE.SOA }, { name: at("b") }], added: [{}, { name: at("c") }] },
    ]);
  });

  test("several changes since the last look are as many versions", async () => {
    await rig.open(zone, [text(at("a"), "1")]);
    await rig.follow();
    for (let round = 2; round < 7; round++) await rig.change(zone, [text(at("a"), String(round))]);
    await rig.follow();
    expect(rig.records(zone)).toEqual([`${at("a")} 6`]);
    expect(rig.served.now.history(zone).map(({ toSerial }) => toSerial)).toEqual([2, 3, 4, 5, 6]);
    await rig.restart();
    expect(rig.served.now.history(zone).map(({ toSerial }) => toSerial)).toEqual([2, 3, 4, 5, 6]);
    expect(rig.records(zone)).toEqual([`${at("a")} 6`]);
  });

  test("DNS-E-14 a change and the signatures over it are one version, so that no secondary ever serves the one without the other", async () => {
    const signature = (octet: number) => ({
      name: at("a"),
      type: TYPE.RRSIG,
      ttl: 60,
      data: Uint8Array.of(0, 16, octet),
    });
    await rig.open(zone, [text(at("a"), "1"), signature(1)]);
    await rig.follow();
    await rig.change(zone, [text(at("a"), "2")]);
    await rig.change(zone, [signature(2)]);
    await rig.follow();
    const [delta, ...more] = rig.served.now.history(zone);
    expect(more).toEqual([]);
    expect(delta).toMatchObject({
      fromSerial: 1,
      toSerial: 3,
      removed: [{ type: TYPE.SOA }, { type: TYPE.TXT }, signature(1)],
      added: [{ type: TYPE.SOA }, { type: TYPE.TXT }, signature(2)],
    });
    expect(rig.records(zone)).toContain(`${at("a")} 2`);
  });

  test("a change too large for the journal is read in full", async () => {
    await rig.open(zone);
    await rig.follow();
    await rig.change(
      zone,
      Array.from({ length: 2100 }, (_, index) => text(at(`n${index}`), "x")),
    );
    await rig.follow();
    expect(rig.records(zone)).toHaveLength(2100);
  });

  test("F-28 while a zone is read in full, other work gets its turn after every page", async () => {
    await rig.open(
      zone,
      Array.from({ length: 5000 }, (_, index) => text(at(`n${index}`), "x")),
    );
    let turns = 0;
    const count = (): void => {
      turns += 1;
      turn = setImmediate(count);
    };
    let turn = setImmediate(count);
    await rig.follow();
    clearImmediate(turn);
    expect(turns).toBeGreaterThanOrEqual(5);
    expect(rig.records(zone)).toHaveLength(5000);
  });

  test("F-27 a zone that cannot be served keeps its last good version, and others go on", async () => {
    await rig.open(zone, [text(at("a"), "good")]);
    await rig.open("example.org", []);
    await rig.follow();
    await rig.change(zone, [{ name: at("a"), type: TYPE.CNAME, ttl: 60, data: Uint8Array.of(1, 120, 0) }]);
    await rig.change("example.org", [text("x.example.org", "new")]);
    await rig.follow();
    expect(rig.records(zone)).toEqual([`${at("a")} good`]);
    expect(rig.records("example.org")).toEqual(["x.example.org new"]);
    expect(rig.log).toContain("a zone cannot be served; its last good version stays");
    await rig.change(zone, [], [{ name: at("a"), type: TYPE.CNAME }]);
    await rig.follow();
    expect([rig.records(zone), rig.serial(zone)]).toEqual([[`${at("a")} good`], 3]);
  });

  test("a zone that never could be served is SERVFAIL, not absent", async () => {
    await rig.open(zone, [text(at("a"), "x"), { name: at("a"), type: TYPE.CNAME, ttl: 60, data: Uint8Array.of(0) }]);
    await rig.follow();
    expect(rig.served.notReady).toEqual([zone]);
    expect(rig.served.now.zones.zones).toEqual([undefined]);
  });

  test("a removed zone goes, and comes back above the serial it had", async () => {
    await rig.open(zone);
    await rig.change(zone, [text(at("a"), "1")]);
    await rig.follow();
    await rig.remove(zone);
    await rig.follow();
    expect(rig.serial(zone)).toBeUndefined();
    await rig.restart();
    await rig.open(zone, []);
    await rig.follow();
    expect(rig.serial(zone)).toBe(3);
  });

  test("what is served at one moment stays as it was, with its history, while changes come", async () => {
    await rig.open(zone, [text(at("a"), "1")]);
    await rig.follow();
    await rig.change(zone, [text(at("a"), "2")]);
    await rig.follow();
    const moment = rig.served.now;
    await rig.change(zone, [text(at("a"), "3")]);
    await rig.follow();
    expect(moment.history(zone).at(-1)?.toSerial).toBe(2);
    expect(rig.served.now.history(zone).at(-1)?.toSerial).toBe(3);
  });
});

describe("without a database", () => {
  test("D1 D3 the database is away for the whole run, restarts included: the same zones, serials and histories", async () => {
    await rig.open(zone, [text(at("a"), "1")]);
    await rig.follow();
    await rig.change(zone, [text(at("a"), "2")]);
    await rig.follow();
    const before = [rig.records(zone), rig.serial(zone), rig.served.now.history(zone)];
    for (let restarts = 0; restarts < 3; restarts++) {
      await rig.restart();
      expect([rig.records(zone), rig.serial(zone), rig.served.now.history(zone)]).toEqual(before);
    }
  });

  test("D2 without any generation there is no zone at all, so everything is REFUSED", async () => {
    expect(rig.served.now.zones.zones).toEqual([]);
    await rig.follow();
    expect(rig.served.now.zones.zones).toEqual([]);
  });
});

describe("F-10 F-11 a database restored from an older backup (safety.md §2.4)", () => {
  /** A key was published after the backup, which is put back. */
  const restored = async (): Promise<void> => {
    await rig.open(zone, [text(at("old"), "key")]);
    await rig.follow();
    const restore = await rig.backUp();
    await rig.change(zone, [text(at("new"), "key")]);
    await rig.change(zone, [text(at("newer"), "key")]);
    await rig.follow();
    await restore();
    await rig.follow();
  };
  const published = [`${at("new")} key`, `${at("newer")} key`, `${at("old")} key`];

  test("what is served stays, the database learns the floor, and the conflict is told once", async () => {
    await restored();
    await rig.follow();
    expect([rig.records(zone), rig.serial(zone)]).toEqual([published, 3]);
    expect(rig.served.conflicts).toMatchObject([{ origin: zone, why: "behind", served: 3, database: 1 }]);
    expect(await listFloors(rig.db)).toMatchObject([{ origin: zone, node: "here", serial: 3, cause: "ahead" }]);
    expect(rig.log.filter((line) => line.includes("is older than what is served"))).toHaveLength(1);
  });

  test("its next change gets a serial above all that was served, and still does not replace the newer content", async () => {
    await restored();
    expect(await rig.change(zone, [text(at("other"), "key")])).toBe(4);
    await rig.follow();
    expect([rig.records(zone), rig.serial(zone)]).toEqual([published, 3]);
    expect(rig.served.conflicts).toMatchObject([{ why: "other", served: 3, database: 4 }]);
    await rig.restart();
    await rig.follow();
    expect([rig.records(zone), rig.serial(zone)]).toEqual([published, 3]);
  });

  test("the operator takes the database's content: under a serial above, and following goes on by changes", async () => {
    await restored();
    expect(await differences(rig.db, await onDisk())).toMatchObject([
      { origin: zone, onlyServed: [{ name: at("new") }, { name: at("newer") }], onlyDatabase: [] },
    ]);
    await reconcile(rig.db, zone, "database", await onDisk(), { ...operator, now: 0 });
    await rig.follow();
    expect([rig.records(zone), rig.serial(zone)]).toEqual([[`${at("old")} key`], 4]);
    expect(rig.served.conflicts).toEqual([]);
    expect(await listFloors(rig.db)).toEqual([]);
    await rig.change(zone, [text(at("x"), "key")]);
    await rig.follow();
    expect(rig.served.now.history(zone).map(({ toSerial }) => toSerial)).toEqual([2, 3, 4, 5]);
    expect((await listAuditLog(rig.db, undefined, { limit: 1 })).rows).toMatchObject([{ action: "zone.reconcile" }]);
  });

  test("the operator keeps what is served: what the database lacks is put into it, what it has otherwise stays its own", async () => {
    await restored();
    await rig.change(zone, [text(at("newer"), "another key")]);
    await rig.follow();
    const put = await reconcile(rig.db, zone, "served", await onDisk(), { ...operator, now: 0 });
    expect(put.map(({ name }) => name)).toEqual([at("new")]);
    await rig.follow();
    expect(rig.records(zone)).toEqual([`${at("new")} key`, `${at("newer")} another key`, `${at("old")} key`]);
    expect(rig.served.conflicts).toEqual([]);
    await expect(reconcile(rig.db, zone, "served", await onDisk(), operator)).rejects.toThrow("nothing to decide");
  });

  test("F-29 signatures and denials that were served are not put into a zone that Chancery signs: it makes its own", async () => {
    await rig.open(zone, [text(at("old"), "key")]);
    await transact(rig.db, async (trx) => {
      const { id } = (await findZoneByOrigin(trx, zone))!;
      const wanted = { zoneId: id, goal: "signed", mode: "online", algorithm: 13 } as const;
      await putZoneSigning(trx, { ...wanted, requestedAt: 1, requestedBy: "test" });
    });
    await rig.follow();
    const restore = await rig.backUp();
    const made = (type: number) => ({ name: at("new"), type, ttl: 60, data: Uint8Array.of(0, 16, 1) });
    await rig.change(zone, [text(at("new"), "key"), made(TYPE.RRSIG), made(TYPE.NSEC)]);
    await rig.follow();
    await restore();
    await rig.follow();
    const put = await reconcile(rig.db, zone, "served", await onDisk(), operator);
    expect(put.map(({ type }) => type)).toEqual([TYPE.TXT]);
  });

  test.each(["database", "served"] as const)(
    "a zone that the restored database does not know stays until it is decided: %s",
    async (decision) => {
      const restore = await rig.backUp();
      await rig.open(zone, [text(at("a"), "key")]);
      await rig.follow();
      await restore();
      await rig.follow();
      expect(rig.served.conflicts).toMatchObject([{ origin: zone, why: "missing" }]);
      expect(rig.records(zone)).toEqual([`${at("a")} key`]);
      await reconcile(rig.db, zone, decision, await onDisk(), operator);
      await rig.follow();
      expect(rig.records(zone)).toEqual(decision === "served" ? [`${at("a")} key`] : undefined);
      expect(rig.served.conflicts).toEqual([]);
    },
  );

  test.each(["database", "served"] as const)(
    "a zone that was removed since the backup does not come back by itself: %s",
    async (decision) => {
      await rig.open(zone, [text(at("a"), "key")]);
      await rig.change(zone, [text(at("b"), "key")]);
      const restore = await rig.backUp();
      await rig.follow();
      await rig.remove(zone);
      await rig.follow();
      await restore();
      await rig.follow();
      expect(rig.serial(zone)).toBeUndefined();
      expect(rig.served.conflicts).toMatchObject([{ origin: zone, why: "behind", served: 2 }]);
      await reconcile(rig.db, zone, decision, await onDisk(), { ...operator, now: 0 });
      await rig.follow();
      expect(rig.serial(zone)).toBe(decision === "served" ? undefined : 3);
      expect(rig.served.conflicts).toEqual([]);
    },
  );

  test("one that lost nothing is followed as if nothing had been", async () => {
    await rig.open(zone, [text(at("a"), "key")]);
    await rig.follow();
    const restore = await rig.backUp();
    await restore();
    await rig.change(zone, [text(at("b"), "key")]);
    await rig.follow();
    expect(rig.serial(zone)).toBe(2);
    expect(rig.served.conflicts).toEqual([]);
  });
});

describe("break-glass: records overridden on the name server", () => {
  const override = (name: string, ...octets: number[]): ZoneOverride => {
    const records = octets.map((octet) => address(name, octet));
    return { zone, name, type: TYPE.A, records };
  };
  const set = (...overrides: ZoneOverride[]): Promise<string[]> => rig.served.override(overrides, 0);
  const shown = (octet: number, label = "www"): string => `${at(label)} ${String.fromCharCode(192, 0, 2, octet)}`;
  beforeEach(async () => {
    await rig.open(zone, [address(at("www"), 1), text(at("a"), "key")]);
    await rig.follow();
  });
  const key = `${at("a")} key`;

  test("one is served at once under the next serial, survives restarts without a database, and is in the history", async () => {
    expect(await set(override(at("www"), 9))).toEqual([]);
    expect([rig.records(zone), rig.serial(zone)]).toEqual([[key, shown(9)], 2]);
    await rig.restart();
    expect([rig.records(zone), rig.serial(zone)]).toEqual([[key, shown(9)], 2]);
    expect(rig.served.overrides).toMatchObject([{ name: at("www") }]);
    expect(rig.served.now.history(zone)).toMatchObject([{ fromSerial: 1, toSerial: 2 }]);
  });

  test("one that could not be served changes nothing, and others are served", async () => {
    const alias = {
      zone,
      name: at("a"),
      type: TYPE.CNAME,
      records: [{ ...address(at("a"), 1), type: TYPE.CNAME, data: Uint8Array.of(0) }],
    };
    expect(await set(alias)).toEqual([expect.stringMatching(/CNAME/)]);
    expect([rig.records(zone), rig.serial(zone)]).toEqual([[key, shown(1)], 1]);
  });

  test("it stays on top of what the database says meanwhile, which shows when it is dropped", async () => {
    await set(override(at("www"), 9), override(at("gone"), 7));
    await rig.change(zone, [address(at("www"), 5), text(at("b"), "key")]);
    await rig.follow();
    expect([rig.records(zone), rig.serial(zone)]).toEqual([[key, `${at("b")} key`, shown(7, "gone"), shown(9)], 3]);
    await set();
    expect([rig.records(zone), rig.serial(zone)]).toEqual([[key, `${at("b")} key`, shown(5)], 4]);
    await rig.change(zone, [address(at("www"), 6)]);
    await rig.follow();
    expect([rig.records(zone), rig.serial(zone)]).toEqual([[key, `${at("b")} key`, shown(6)], 5]);
  });

  test("it stays on top of a zone that is read in full", async () => {
    await set(override(at("www"), 9));
    await rig.change(
      zone,
      Array.from({ length: 2100 }, (_, index) => text(at(`n${index}`), "x")),
    );
    await rig.follow();
    expect(rig.records(zone)).toContain(shown(9));
    await set();
    expect(rig.records(zone)).toContain(shown(1));
    expect(rig.records(zone)).not.toContain(shown(9));
  });

  test("a set can be taken away, and comes back", async () => {
    await set(override(at("www")));
    expect(rig.records(zone)).toEqual([key]);
    await set();
    expect(rig.records(zone)).toEqual([key, shown(1)]);
  });

  test("the database learns the serial, so that its next one is above; once it is, it hears no more of it", async () => {
    await set(override(at("www"), 9));
    await set(override(at("www"), 8));
    await rig.served.reportFloors(rig.db, 1);
    expect(await listFloors(rig.db)).toMatchObject([{ serial: 3, cause: "override" }]);
    expect(await rig.change(zone, [text(at("b"), "key")])).toBe(4);
    await rig.follow();
    expect([rig.serial(zone), await listFloors(rig.db)]).toEqual([4, []]);
  });

  test("adopted, it is what the database has: nothing but the serial changes, on any name server", async () => {
    const wanted = override(at("www"), 9);
    await set(wanted);
    const until = await adoptOverride(rig.db, wanted, rig.serial(zone)!, { actor: "operator", now: 0 });
    expect(until).toBe(3);
    await set({ ...wanted, until }); // told before the database's version was followed
    expect([rig.records(zone), rig.serial(zone)]).toEqual([[key, shown(9)], 2]);
    await rig.follow();
    expect([rig.records(zone), rig.serial(zone)]).toEqual([[key, shown(9)], 3]);
    expect(rig.served.overrides).toEqual([]);
    expect((await listAuditLog(rig.db, undefined, { limit: 1 })).rows).toMatchObject([
      { action: "zone.adopt-override" },
    ]);
    const { source } = await rig.db
      .selectFrom("records")
      .select("source")
      .where("name", "=", at("www"))
      .executeTakeFirstOrThrow();
    expect(source).toBe("test");
  });
});
