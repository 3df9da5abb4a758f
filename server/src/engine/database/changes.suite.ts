import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { bumpChangeCounter, readChangeCounter } from "./change-counter.ts";
import { advanceTrustedClock, readTrustedClock } from "./clock.ts";
import { followChanges, type Change } from "./follow-changes.ts";
import {
  insertDomain,
  listDomainsChangedAfter,
  markDomainReleased,
  markDomainSuspended,
  markDomainVerified,
} from "./domains.ts";
import { newId } from "./id.ts";
import { appendKeyFact, listKeyFacts, listKeyFactsOfAll } from "./key-facts.ts";
import { insertRotation } from "./rotations.ts";
import { insertSender, listSendersChangedAfter, removeSender } from "./senders.ts";
import { destroySealed, insertKey, listKeysChangedAfter } from "./keys.ts";
import { openDatabase, type DatabaseOptions } from "./open.ts";
import { everyRow } from "./page.ts";
import { addDomain, addKey, someDomain, someKey, someRotation } from "./rows.fixture.ts";
import type { Database, Transaction } from "./schema.ts";
import { putSetting, removeSetting } from "./settings.ts";
import { insertTenant } from "./tenants.ts";
import { transact } from "./transact.ts";
import { insertZone, listZonesChangedAfter, raiseSerial, removeZone } from "./zones.ts";

/** The change counter, those who follow it, and what else only moves forward. */
export function describeChanges(fresh: () => Promise<DatabaseOptions>): void {
  let db: Database;
  const tenant = newId("ten");
  beforeAll(async () => {
    db = await openDatabase(await fresh());
    await insertTenant(db, { id: tenant, name: "follows", createdAt: 1 });
  });
  afterAll(() => db.destroy());

  describe("the change counter", () => {
    test("numbers a transaction once, however much it changes", async () => {
      const before = await readChangeCounter(db);
      await transact(db, async (trx) => {
        await putSetting(trx, "a", 1, 1);
        await putSetting(trx, "b", 2, 1);
        expect(await bumpChangeCounter(trx)).toBe(before + 1);
      });
      expect(await readChangeCounter(db)).toBe(before + 1);
    });

    test("does not move for a transaction that is rolled back", async () => {
      const before = await readChangeCounter(db);
      const failed = transact(db, async (trx) => {
        await putSetting(trx, "c", 1, 1);
        throw new Error("changed my mind");
      });
      await expect(failed).rejects.toThrow("changed my mind");
      expect(await readChangeCounter(db)).toBe(before);
    });

    test("lets a follower that reads during sixty transactions miss none", async () => {
      const { id: domainId } = await addDomain(db, tenant);
      let seen = await readChangeCounter(db);
      const found = new Set<string>();
      const look = async (): Promise<void> => {
        const upTo = await readChangeCounter(db);
        for await (const key of everyRow((page) => listKeysChangedAfter(db, seen, page), 7)) found.add(key.id);
        seen = upTo;
      };
      const written = new AbortController();
      const follower = (async () => {
        while (!written.signal.aborted) {
          await look();
          await pause(1);
        }
        await look();
      })();
      const added = await Promise.all(
        Array.from({ length: 60 }, async (_, i) => {
          await pause((i * 37) % 50);
          return addKey(db, tenant, domainId);
        }),
      );
      written.abort();
      await follower;
      expect([...found].sort()).toEqual(added.sort());
    });
  });

  describe("every write that followers have to see", () => {
    const page = { limit: 1000 };
    const rowsChangedAfter = async (change: number): Promise<string[]> => {
      const pages = await Promise.all([
        listDomainsChangedAfter(db, change, page),
        listKeysChangedAfter(db, change, page),
        listZonesChangedAfter(db, change, page),
        listSendersChangedAfter(db, change, page),
      ]);
      return pages.flatMap(({ rows }) => rows.map(({ id }) => id));
    };
    const domain = newId("dom");
    const rotation = newId("rot");
    const key = newId("key");
    const sender = newId("snd");
    const zone = newId("zon");
    const fact = { keyId: key, kind: "seen", at: 1, trustedMs: 1, evidence: null };

    // In order; each shows exactly the row that it touches.
    const writes: [string, (trx: Transaction) => Promise<unknown>, string[]][] = [
      ["insertDomain", (trx) => insertDomain(trx, someDomain(tenant, domain)), [domain]],
      ["markDomainVerified", (trx) => markDomainVerified(trx, tenant, domain, 1), [domain]],
      ["markDomainSuspended", (trx) => markDomainSuspended(trx, tenant, domain, 1), [domain]],
      ["insertKey", (trx) => insertKey(trx, { ...someKey(tenant, domain, rotation), id: key }), [key]],
      ["appendKeyFact", (trx) => appendKeyFact(trx, fact), [key]],
      ["destroySealed", (trx) => destroySealed(trx, tenant, key), [key]],
      [
        "insertSender",
        (trx) =>
          insertSender(trx, { id: sender, tenantId: tenant, kind: "smtp", name: "s", secretHash: null, createdAt: 1 }),
        [sender],
      ],
      ["removeSender", (trx) => removeSender(trx, tenant, sender, 1), [sender]],
      [
        "insertZone",
        (trx) =>
          insertZone(trx, {
            id: zone,
            origin: "seen.example",
            kind: "delegated",
            domainId: domain,
            serial: 1,
            createdAt: 1,
          }),
        [zone],
      ],
      ["raiseSerial", (trx) => raiseSerial(trx, zone, 0, 0), [zone]],
      ["removeZone", (trx) => removeZone(trx, zone, 1), [zone]],
      ["putSetting", (trx) => putSetting(trx, "seen", 1, 1), []],
      ["removeSetting", (trx) => removeSetting(trx, "seen"), []],
      ["markDomainReleased", (trx) => markDomainReleased(trx, tenant, domain, 1), [domain]],
    ];
    for (const [name, write, touched] of writes) {
      test(`${name} is a change`, async () => {
        if (name === "insertKey")
          await transact(db, (trx) => insertRotation(trx, someRotation(tenant, domain, rotation)));
        const before = await readChangeCounter(db);
        await transact(db, write);
        expect(await readChangeCounter(db)).toBe(before + 1);
        expect(await rowsChangedAfter(before)).toEqual(touched);
      });
    }

    test("the facts of changed keys are read together", async () => {
      expect(await listKeyFactsOfAll(db, [key])).toEqual([{ ...fact, seq: 1 }]);
      expect(await listKeyFactsOfAll(db, [])).toEqual([]);
    });
  });

  describe("following", () => {
    test("tells the state at the start, every change after, and everything again when the counter went back", async () => {
      const changes: Change[] = [];
      const stop = new AbortController();
      const start = await readChangeCounter(db);
      const following = followChanges(
        db,
        { intervalMs: 5, signal: stop.signal },
        (change) => void changes.push(change),
      );
      await vi.waitFor(() => expect(changes).toEqual([{ after: 0, upTo: start }]));
      await transact(db, bumpChangeCounter);
      await vi.waitFor(() => expect(changes.at(-1)).toEqual({ after: start, upTo: start + 1 }));
      await db.updateTable("changeCounter").set({ value: start }).execute(); // F-10: an older copy took its place
      await vi.waitFor(() => expect(changes.at(-1)).toEqual({ after: 0, upTo: start }));
      stop.abort();
      await following;
      const told = changes.length;
      await transact(db, bumpChangeCounter);
      await pause(30);
      expect(changes).toHaveLength(told);
    });

    test("ends with the error of a follower that has a bug", async () => {
      const following = followChanges(db, { signal: new AbortController().signal }, () => {
        throw new TypeError("a bug");
      });
      await expect(following).rejects.toThrow("a bug");
    });
  });

  describe("serials", () => {
    const addZone = async (serial: number): Promise<string> => {
      const id = `zon_${Math.random()}`;
      const zone = { id, origin: `${id}.example`, kind: "operator", domainId: null, serial, createdAt: 1 } as const;
      await transact(db, (trx) => insertZone(trx, zone));
      return id;
    };

    // serial before, floor, now, serial after
    const raises: [string, number, number, number, number][] = [
      ["by one when nothing asks for more", 7, 0, 0, 8],
      ["to the floor", 7, 100, 0, 100],
      ["past a floor that is below", 7, 3, 0, 8],
      ["past a floor that is the same", 7, 7, 0, 8],
      ["to the time, so that a restored database repeats none", 7, 0, 1_795_000_000, 1_795_000_000],
      ["past a serial made of a date", 2_026_112_100, 0, 1_795_000_000, 2_026_112_101],
      ["without a clock that is centuries ahead", 7, 0, 9_999_999_999, 8],
      ["without a clock whose step secondaries would take for one back", 7, 0, 2 ** 31 + 7, 8],
      ["by the largest step that secondaries follow", 7, 2 ** 31 + 6, 0, 2 ** 31 + 6],
      ["to the last one there is", 2 ** 32 - 2, 0, 0, 2 ** 32 - 1],
      ["from the last one to 1 (DNS-D-01)", 2 ** 32 - 1, 0, 0, 1],
      ["over the end to a floor behind it (DNS-D-01)", 2 ** 32 - 1, 5, 0, 5],
      ["over the end to the time (DNS-D-01)", 2 ** 32 - 10, 0, 1_795_000_000, 1_795_000_000],
      ["past a floor that secondaries would take for a step back (DNS-D-01)", 1, 2 ** 31 + 1, 0, 2],
      ["past a floor from before the end (DNS-D-01)", 3, 2 ** 32 - 5, 0, 4],
    ];
    for (const [how, before, floor, now, after] of raises) {
      test(`I-10 a serial rises ${how}`, async () => {
        const id = await addZone(before);
        expect(await transact(db, (trx) => raiseSerial(trx, id, floor, now))).toBe(after);
      });
    }

    test("I-10 forty changes at once give forty serials", async () => {
      const id = await addZone(1);
      const serials = await Promise.all(
        Array.from({ length: 40 }, () => transact(db, (trx) => raiseSerial(trx, id, 0, 0))),
      );
      expect(serials.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 2));
    });

    test("I-10 a removed zone comes back above its last serial, and followers see both", async () => {
      const start = await readChangeCounter(db);
      const zone = { origin: "back.example", kind: "operator", domainId: null, serial: 50, createdAt: 1 } as const;
      const first = await transact(db, (trx) => insertZone(trx, { ...zone, id: "zon_first" }));
      expect(await transact(db, (trx) => insertZone(trx, { ...zone, id: "zon_again" }))).toBeUndefined();
      await transact(db, (trx) => removeZone(trx, "zon_first", 9));
      const { rows } = await listZonesChangedAfter(db, start, { limit: 10 });
      expect(rows).toMatchObject([{ id: "zon_first", removedAt: 9 }]);
      const back = await transact(db, (trx) => insertZone(trx, { ...zone, id: "zon_back", serial: 1 }));
      expect(back).toMatchObject({ id: first?.id, removedAt: null, serial: 51 });
    });
  });

  test("the facts of a key are numbered in the order they are recorded, also when many record at once", async () => {
    const key = await addKey(db, tenant, (await addDomain(db, tenant)).id);
    const seqs = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        transact(db, (trx) => appendKeyFact(trx, { keyId: key, kind: "seen", at, trustedMs: at, evidence: { at } })),
      ),
    );
    const facts = await listKeyFacts(db, tenant, [key]);
    expect(facts.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    for (const { seq, evidence } of facts) expect(evidence).toEqual({ at: seqs.indexOf(seq) });
  });

  test("the trusted clock takes one of two readings made at once, and never goes back", async () => {
    const reading = (elapsedMs: number): Parameters<typeof advanceTrustedClock>[2] => ({
      elapsedMs,
      wallMs: 5,
      dbWallMs: null,
    });
    expect(await readTrustedClock(db)).toBeUndefined();
    const first = await Promise.all([
      advanceTrustedClock(db, undefined, reading(10)),
      advanceTrustedClock(db, undefined, reading(10)),
    ]);
    expect(first.sort()).toEqual([false, true]);
    const second = await Promise.all([
      advanceTrustedClock(db, 1, reading(20)),
      advanceTrustedClock(db, 1, reading(20)),
    ]);
    expect(second.sort()).toEqual([false, true]);
    expect(await advanceTrustedClock(db, 2, reading(19))).toBe(false);
    expect(await readTrustedClock(db)).toEqual({ rev: 2, elapsedMs: 20, wallMs: 5, dbWallMs: null });
  });
}
