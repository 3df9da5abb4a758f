import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "./id.ts";
import { openDatabase, type DatabaseOptions } from "./open.ts";
import { listRecords, putRecords, removeRecords, removeRecordsBySource, type ZoneRecord } from "./records.ts";
import type { Database, Transaction } from "./schema.ts";
import { listFloors, reportFloor, withdrawFloor } from "./serial-floors.ts";
import { transact } from "./transact.ts";
import { type ChangedRecord, forgetChanges, zoneHistory } from "./zone-changes.ts";
import { findZone, insertZone, raiseSerial, removeZone } from "./zones.ts";

/** The journal of zones: what it tells followers is what a reader of the whole zone sees. */
export function describeZoneChanges(fresh: () => Promise<DatabaseOptions>): void {
  let db: Database;
  beforeAll(async () => {
    db = await openDatabase(await fresh());
  });
  afterAll(() => db.destroy());
  const write = <T>(work: (trx: Transaction) => Promise<T>): Promise<T> => transact(db, work);

  const record = (name: string, octet: number, more: Partial<ZoneRecord> = {}): ZoneRecord => ({
    name,
    type: 1,
    ttl: 60,
    data: Uint8Array.of(192, 0, 2, octet),
    source: "test",
    ...more,
  });
  const addZone = async (records: readonly ZoneRecord[] = []): Promise<string> => {
    const id = newId("zon");
    const zone = { id, origin: `${id}.example`, kind: "operator", domainId: null, serial: 1, createdAt: 1 } as const;
    await write(async (trx) => {
      await insertZone(trx, zone);
      await putRecords(trx, id, records);
    });
    return id;
  };
  const change = (id: string, work: (trx: Transaction) => Promise<unknown>): Promise<number> =>
    write(async (trx) => {
      await work(trx);
      return raiseSerial(trx, id, 0, 0);
    });
  const shown = ({ name, type, ttl, data }: ChangedRecord): string =>
    `${name} ${type} ${ttl} ${Buffer.from(data).toString("hex")}`;
  /** The zone as it is served: equal records once, sets with their lowest TTL. */
  const served = async (id: string): Promise<string[]> => {
    const { rows } = await listRecords(db, id, { limit: 10_000 });
    const ttlOf = (row: ZoneRecord): number =>
      Math.min(...rows.filter(({ name, type }) => name === row.name && type === row.type).map(({ ttl }) => ttl));
    return [...new Set(rows.map((row) => shown({ ...row, ttl: ttlOf(row) })))].sort();
  };
  const told = async (id: string, since: number): Promise<unknown> => {
    const history = await zoneHistory(db, id, since);
    if (history.since !== "kept") return history.since;
    return history.versions.map(({ fromSerial, toSerial, removed, added }) => [
      fromSerial,
      toSerial,
      removed.map(shown),
      added.map(shown),
    ]);
  };

  test("what somebody else puts into a zone while it is emptied is in the journal as removed", async () => {
    const id = await addZone([record("a", 1)]);
    const put = Promise.withResolvers<void>();
    const adding = change(id, async (trx) => {
      await putRecords(trx, id, [record("b", 2)]);
      put.resolve();
      await pause(100); // the other one has begun, where transactions run side by side
    });
    await put.promise;
    await Promise.all([adding, change(id, (trx) => removeRecords(trx, id))]);
    expect(await served(id)).toEqual([]);
    expect(await told(id, 1)).toEqual([
      [1, 2, [], ["b 1 60 c0000202"]],
      [2, 3, ["a 1 60 c0000201", "b 1 60 c0000202"], []],
    ]);
  });

  test("RFC 1982 after the last serial comes the first, and the changes across it are kept like others", async () => {
    const id = await addZone();
    for (const floor of [2 ** 31 - 1, 2 ** 32 - 3]) await write((trx) => raiseSerial(trx, id, floor, 0));
    const serials: number[] = [];
    for (const octet of [1, 2, 3, 4])
      serials.push(await change(id, (trx) => putRecords(trx, id, [record("a", octet)])));
    expect(serials).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 1, 2]);
    const one = (from: number, to: number, octet: number) => [from, to, [], [`a 1 60 c000020${octet}`]];
    const all = [
      one(2 ** 32 - 3, 2 ** 32 - 2, 1),
      one(2 ** 32 - 2, 2 ** 32 - 1, 2),
      one(2 ** 32 - 1, 1, 3),
      one(1, 2, 4),
    ];
    for (const [index, since] of [2 ** 32 - 3, 2 ** 32 - 2, 2 ** 32 - 1, 1].entries())
      expect(await told(id, since)).toEqual(all.slice(index));
  });

  describe("the journal of a zone", () => {
    test("tells each version's records from any serial on", async () => {
      const id = await addZone([record("a", 1), record("b", 2)]);
      await change(id, (trx) => putRecords(trx, id, [record("c", 3, { source: "c" })]));
      await change(id, async (trx) => {
        await removeRecordsBySource(trx, id, "c");
        await putRecords(trx, id, [record("d", 4)]);
      });
      const second = [1, 2, [], ["c 1 60 c0000203"]];
      const third = [2, 3, ["c 1 60 c0000203"], ["d 1 60 c0000204"]];
      expect(await told(id, 1)).toEqual([second, third]);
      expect(await told(id, 2)).toEqual([third]);
    });

    test("counts a record that goes and comes in one transaction for nothing", async () => {
      const id = await addZone([record("a", 1)]);
      await change(id, async (trx) => {
        await removeRecordsBySource(trx, id, "test");
        await putRecords(trx, id, [record("a", 1), record("x", 9, { source: "x" })]);
        await removeRecordsBySource(trx, id, "x");
      });
      expect(await told(id, 1)).toEqual([[1, 2, [], []]]);
    });

    test("tells what is served: of two equal records the first that comes and the last that goes", async () => {
      const id = await addZone([record("a", 1)]);
      await change(id, (trx) => putRecords(trx, id, [record("a", 1, { source: "twin" })]));
      await change(id, (trx) => removeRecordsBySource(trx, id, "test"));
      await change(id, (trx) => removeRecordsBySource(trx, id, "twin"));
      expect(await told(id, 1)).toEqual([
        [1, 2, [], []],
        [2, 3, [], []],
        [3, 4, ["a 1 60 c0000201"], []],
      ]);
    });

    test("tells a set anew whose lowest TTL changes", async () => {
      const id = await addZone([record("a", 1)]);
      await change(id, (trx) => putRecords(trx, id, [record("a", 2, { ttl: 30, source: "low" })]));
      expect(await told(id, 1)).toEqual([[1, 2, ["a 1 60 c0000201"], ["a 1 30 c0000201", "a 1 30 c0000202"]]]);
      await change(id, (trx) => removeRecordsBySource(trx, id, "low"));
      expect(await told(id, 2)).toEqual([[2, 3, ["a 1 30 c0000201", "a 1 30 c0000202"], ["a 1 60 c0000201"]]]);
    });

    test("does not move for a transaction that is rolled back", async () => {
      const id = await addZone([record("a", 1)]);
      const failed = change(id, async (trx) => {
        await putRecords(trx, id, [record("b", 2)]);
        throw new Error("changed my mind");
      });
      await expect(failed).rejects.toThrow("changed my mind");
      expect(await told(id, 1)).toBe("forgotten");
      await change(id, (trx) => putRecords(trx, id, [record("c", 3)]));
      expect(await told(id, 1)).toEqual([[1, 2, [], ["c 1 60 c0000203"]]]);
    });

    test("keeps no bulk: a follower reads such a zone in full, and those after it again by changes", async () => {
      const many = Array.from({ length: 2500 }, (_, index) => record(`n${index}`, 7, { source: "bulk" }));
      const id = await addZone();
      await change(id, async (trx) => {
        await putRecords(trx, id, [record("a", 1)]);
        await putRecords(trx, id, many);
        await putRecords(trx, id, [record("b", 2)]);
      });
      expect(await told(id, 1)).toBe("not kept");
      await change(id, (trx) => putRecords(trx, id, [record("c", 3)]));
      expect(await told(id, 1)).toBe("not kept");
      expect(await told(id, 2)).toEqual([[2, 3, [], ["c 1 60 c0000203"]]]);
      await change(id, (trx) => removeRecordsBySource(trx, id, "bulk"));
      expect(await told(id, 3)).toBe("not kept");
      await change(id, (trx) => removeRecords(trx, id));
      expect(await told(id, 4)).toMatchObject([[4, 5, { length: 3 }, []]]);
      const { count } = await db
        .selectFrom("zoneChanges")
        .select((row) => row.fn.countAll<number>().as("count"))
        .where("zoneId", "=", id)
        .executeTakeFirstOrThrow();
      expect(count).toBe(4);
    });

    test("is bounded: what is too old is forgotten", async () => {
      const id = await addZone();
      const large = Array.from({ length: 1500 }, (_, index) => record(`n${index}`, 7));
      for (let round = 0; round < 8; round++) {
        await change(id, (trx) => putRecords(trx, id, large));
        await change(id, (trx) => removeRecords(trx, id));
      }
      expect(await told(id, 2)).toBe("forgotten");
      expect(await told(id, 15)).toHaveLength(2);
      const { count } = await db
        .selectFrom("zoneChanges")
        .select((row) => row.fn.countAll<number>().as("count"))
        .where("zoneId", "=", id)
        .executeTakeFirstOrThrow();
      expect(count).toBeLessThanOrEqual(20_000 + 1500);
    });

    test("knows a serial that this database never gave", async () => {
      const id = await addZone();
      await write((trx) => raiseSerial(trx, id, 100, 0));
      await write((trx) => raiseSerial(trx, id, 200, 0));
      expect(await told(id, 150)).toBe("other");
      expect(await told(id, 100)).toHaveLength(1);
      await write(async (trx) => {
        await raiseSerial(trx, id, 300, 0);
        await forgetChanges(trx, id, "anew");
      });
      expect(await told(id, 150)).toBe("not kept");
    });

    test("makes records that came without a serial be read in full", async () => {
      const id = await addZone();
      await write((trx) => putRecords(trx, id, [record("a", 1)]));
      await change(id, (trx) => putRecords(trx, id, [record("b", 2)]));
      expect(await told(id, 1)).toBe("not kept");
    });

    test("goes on over a zone that was removed and comes back", async () => {
      const id = await addZone([record("a", 1)]);
      await write(async (trx) => {
        await removeRecords(trx, id);
        await removeZone(trx, id, 5);
      });
      const origin = `${id}.example`;
      await write(async (trx) => {
        await insertZone(trx, { id: newId("zon"), origin, kind: "operator", domainId: null, serial: 1, createdAt: 1 });
        await putRecords(trx, id, [record("z", 1)]);
      });
      expect(await told(id, 1)).toBe("not kept");
    });

    test("says the same as reading the zone, whatever is written", async () => {
      let seed = 7;
      const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
      const some = (): ZoneRecord =>
        record(`n${random(4)}`, random(3), { ttl: 60 + random(2), type: 1 + random(2), source: `s${random(4)}` });
      const id = await addZone(Array.from({ length: 6 }, some));
      const follower = new Set(await served(id));
      for (let serial = 1; serial <= 40; serial++) {
        await change(id, async (trx) => {
          for (let writes = random(4); writes >= 0; writes--)
            if (random(2) === 0) await putRecords(trx, id, Array.from({ length: 1 + random(3) }, some));
            else await removeRecordsBySource(trx, id, `s${random(4)}`);
        });
        const history = await zoneHistory(db, id, serial);
        if (history.since !== "kept") throw new Error(history.since);
        for (const { removed, added } of history.versions) {
          for (const gone of removed) expect(follower.delete(shown(gone)), shown(gone)).toBe(true);
          for (const come of added) {
            expect(follower.has(shown(come)), shown(come)).toBe(false);
            follower.add(shown(come));
          }
        }
        expect([...follower].sort()).toEqual(await served(id));
      }
    });
  });

  test("I-10 the next serial rises above all that name servers said they serve, until they take it back", async () => {
    const id = await addZone();
    const floor = { origin: `${id}.example`, cause: "override", reportedAt: 1 } as const;
    await reportFloor(db, { ...floor, node: "a", serial: 500 });
    await reportFloor(db, { ...floor, node: "b", serial: 600 });
    await reportFloor(db, { ...floor, node: "b", serial: 700 });
    await reportFloor(db, { ...floor, node: "far", serial: 4_000_000_000 }); // nobody could follow there
    expect(await write((trx) => raiseSerial(trx, id, 0, 0))).toBe(701);
    await withdrawFloor(db, floor.origin, "b");
    expect((await listFloors(db)).map(({ node }) => node)).toEqual(["a", "far"]);
    expect(await write((trx) => raiseSerial(trx, id, 0, 0))).toBe(702);
    expect((await findZone(db, id))?.serial).toBe(702);
  });
}
