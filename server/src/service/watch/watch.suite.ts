import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { insertDomain, markDomainReleased, markDomainVerified } from "../../engine/database/domains.ts";
import { newId } from "../../engine/database/id.ts";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import type { Database } from "../../engine/database/schema.ts";
import { everyRow } from "../../engine/database/page.ts";
import { transact } from "../../engine/database/transact.ts";
import { endWatchLeasesOf } from "../../engine/database/watch-claims.ts";
import { loadHistory } from "../../engine/database/watch-history.ts";
import {
  countFindings,
  listFindings,
  listObservations,
  listSelectors,
  listWatchEvents,
} from "../../engine/database/watch-lists.ts";
import { listWatches, removeWatch as removeWatchRow } from "../../engine/database/watches.ts";
import { keyOne, keyTwo, type Standing } from "../../model/watch/test-looks.ts";
import { claimDue } from "./claim-due.ts";
import { visitWatch } from "./look.ts";
import { addTenant, startOfTime, watch, work, type World, worldOf } from "./watch.fixture.ts";
import { addWatch, checkNow, removeWatch, standingsOf, watchByName } from "./watches.ts";

const day = 86_400;
const page = { limit: 1000 };

/** Watching, on whatever database: what is due is looked at once, and what was seen is kept. */
export function describeWatching(fresh: () => Promise<DatabaseOptions>): void {
  let db: Database;
  let tenant: string;
  let world: World;
  const begin = async (): Promise<DatabaseOptions> => {
    const options = await fresh();
    db = await openDatabase(options);
    tenant = await addTenant(db);
    world = worldOf(db);
    return options;
  };
  const row = (name: string) => watchByName(db, tenant, name);
  const events = async (): Promise<string[]> =>
    (await listWatchEvents(db, tenant, undefined, page)).rows.map(({ kind, subject }) => `${kind} ${subject}`);
  const findings = async (state: "open" | "closed"): Promise<string[]> =>
    (await listFindings(db, tenant, { state, severityAtMost: 4 }, page)).rows.map(({ code }) => code);

  describe("what is seen", () => {
    beforeAll(begin);
    afterAll(() => db.destroy());
    const stands = (what: Standing): void => void world.standing.set("seen.example", { s1: what });
    const next = async (what: Standing): Promise<void> => {
      stands(what);
      world.clock.now = (await row("seen.example")).dueAt;
      await work(world);
    };

    test("a new watch is looked at at once, and then once in its interval", async () => {
      await watch(world, tenant, "seen.example");
      await work(world);
      expect(world.audited).toEqual(["seen.example"]);
      const { lookedAt, knownAt, dueAt, score, leaseOwner } = await row("seen.example");
      expect({ lookedAt, knownAt, score, leaseOwner }).toEqual({
        lookedAt: startOfTime,
        knownAt: startOfTime,
        score: 90,
        leaseOwner: null,
      });
      expect(Math.abs(dueAt - startOfTime - day)).toBeLessThanOrEqual(day / 2);
      expect(await events()).toEqual([]);
    });

    test("a key that changed is an event, and a row after the row before", async () => {
      await next({ text: keyTwo });
      expect((await events())[0]).toBe("key-changed s1._domainkey.seen.example");
      const { id } = await row("seen.example");
      const { rows } = await listObservations(db, tenant, id, page);
      expect(rows.map(({ turn, outcome, texts }) => [turn, outcome, texts])).toEqual([
        [1, "present", [keyOne]],
        [2, "present", [keyTwo]],
      ]);
    });

    test("a record that is missing is told at the second look, which comes soon; a silent server changes nothing", async () => {
      await next("absent");
      expect(await findings("open")).not.toContain("NoKeyRecord");
      const { dueAt, lookedAt } = await row("seen.example");
      expect(dueAt - lookedAt!).toBe(900);
      const before = await loadHistory(db, await row("seen.example"));
      await next("silent");
      expect(await loadHistory(db, await row("seen.example"))).toEqual(before);
      expect((await row("seen.example")).knownAt).toBe(lookedAt);
      await next("absent");
      expect(await findings("open")).toContain("NoKeyRecord");
      expect((await events())[0]).toBe("finding-opened s1._domainkey.seen.example");
      expect((await listSelectors(db, tenant, undefined, page)).rows).toMatchObject([
        { selector: "s1", state: "absent", domain: "seen.example" },
      ]);
    });

    test("a suspicion that the next look does not share leaves no trace", async () => {
      await watch(world, tenant, "once.example");
      world.standing.set("once.example", { s1: "absent" });
      await work(world);
      const suspected = { state: "suspected", severityAtMost: 4 } as const;
      expect((await listFindings(db, tenant, suspected, page)).rows).toMatchObject([{ code: "NoKeyRecord" }]);
      world.standing.delete("once.example");
      await checkNow(world.deps, tenant, "once.example");
      expect((await loadHistory(db, await row("once.example"))).findings).toEqual([]);
      await removeWatch(db, tenant, "once.example", "test", 1);
    });

    test("once the record is back for two looks, the finding is closed", async () => {
      await next({ text: keyTwo });
      await next({ text: keyTwo });
      expect(await findings("open")).not.toContain("NoKeyRecord");
      expect(await findings("closed")).toContain("NoKeyRecord");
    });

    test("what is stored is what was folded, to the letter", async () => {
      const { look, observations, selectors, findings: all } = await loadHistory(db, await row("seen.example"));
      expect(look).toBe((await row("seen.example")).look);
      expect(observations.at(-1)).toMatchObject({ turn: 4, outcome: "present", texts: [keyTwo], looks: 2 });
      expect(selectors).toHaveLength(1);
      expect(all.find(({ code }) => code === "NoKeyRecord")).toMatchObject({ state: "closed", openings: 1 });
    });

    test("R-37 another tenant is shown nothing of it, and removes nothing", async () => {
      const { id } = await row("seen.example");
      const stranger = await addTenant(db);
      const count = async (tenantId: string): Promise<number[]> => [
        (await listWatches(db, tenantId, page)).rows.length,
        (await listObservations(db, tenantId, id, page)).rows.length,
        (await listSelectors(db, tenantId, id, page)).rows.length,
        (await listSelectors(db, tenantId, undefined, page)).rows.length,
        (await listWatchEvents(db, tenantId, id, page)).rows.length,
        (await listWatchEvents(db, tenantId, undefined, page)).rows.length,
        (await listFindings(db, tenantId, { state: "closed", severityAtMost: 4, watchId: id }, page)).rows.length,
        (await listFindings(db, tenantId, { state: "closed", severityAtMost: 4 }, page)).rows.length,
      ];
      expect(await count(stranger)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
      for (const rows of await count(tenant)) expect(rows).toBeGreaterThan(0);
      await db.updateTable("findings").set({ state: "open" }).where("watchId", "=", id).execute();
      expect((await countFindings(db, stranger, [id])).get(id)?.open.size).toBe(0);
      expect([...(await countFindings(db, tenant, [id])).get(id)!.open.values()]).toContain(1);
      expect(await transact(db, (trx) => removeWatchRow(trx, stranger, id))).toBe(false);
    });

    test("pages follow each other without a gap", async () => {
      const { id } = await row("seen.example");
      const whole = (await listObservations(db, tenant, id, page)).rows.map(({ turn }) => turn);
      const paged: number[] = [];
      for await (const one of everyRow((one) => listObservations(db, tenant, id, one), 1)) paged.push(one.turn);
      expect(paged).toEqual(whole);
      const events: number[] = [];
      for await (const one of everyRow((one) => listWatchEvents(db, tenant, id, one), 1)) events.push(one.seq);
      expect(events).toEqual((await listWatchEvents(db, tenant, id, page)).rows.map(({ seq }) => seq));
      const filter = { state: "open", severityAtMost: 4 } as const;
      const codes: string[] = [];
      for await (const one of everyRow((one) => listFindings(db, tenant, filter, one), 1)) codes.push(one.code);
      expect(codes).toEqual((await listFindings(db, tenant, filter, page)).rows.map(({ code }) => code));
    });

    test("a watch that is removed is forgotten, and whoever looks at it meanwhile writes nothing", async () => {
      await watch(world, tenant, "removed.example");
      const [claimed] = await claimDue(db, world.settings, { owner: "worker", now: world.clock.now }, 1);
      await removeWatch(db, tenant, "removed.example", "test", 1);
      expect(await visitWatch(world.deps, claimed!)).toEqual({ outcome: "lost" });
      await removeWatch(db, tenant, "seen.example", "test", 1);
      expect(await findings("open")).toEqual([]);
      expect(await events()).toEqual([]);
      expect((await listSelectors(db, tenant, undefined, page)).rows).toEqual([]);
      await expect(watchByName(db, tenant, "seen.example")).rejects.toThrow("seen.example is not watched");
    });
  });

  describe("R-52 who may be looked at, and how often", () => {
    beforeAll(begin);
    afterAll(() => db.destroy());
    const standing = async (name: string): Promise<string | undefined> => {
      const one = await row(name);
      return (await standingsOf(db, tenant, [one], world.clock.now)).get(one.id);
    };

    test("a claim is looked at for a fortnight; then only its proof is asked for", async () => {
      await watch(world, tenant, "lapsed.example");
      await work(world);
      world.clock.now += 14 * day;
      expect(await standing("lapsed.example")).toBe("lapsed");
      world.audited.length = world.asked.length = 0;
      expect(await work(world)).toEqual([{ outcome: "unproven" }]);
      expect([world.audited, world.asked]).toEqual([[], ["_chancery-challenge.lapsed.example"]]);
      expect(await row("lapsed.example")).toMatchObject({ resting: "unproven" });
    });

    test("the token, seen at all servers, proves it, also after it lapsed", async () => {
      world.proofs.set("lapsed.example", (await row("lapsed.example")).challengeToken);
      world.clock.now = (await row("lapsed.example")).dueAt;
      await work(world);
      expect(world.audited).toEqual(["lapsed.example"]);
      expect(await standing("lapsed.example")).toBe("proven");
      expect(await row("lapsed.example")).toMatchObject({ resting: null, proofSeenAt: world.clock.now });
    });

    test("another tenant's token proves nothing", async () => {
      const other = await addTenant(db);
      await watch(world, other, "lapsed.example");
      const theirs = await watchByName(db, other, "lapsed.example");
      expect(theirs.challengeToken).not.toBe((await row("lapsed.example")).challengeToken);
      await work(world);
      expect((await watchByName(db, other, "lapsed.example")).proofSeenAt).toBeNull();
      await removeWatch(db, other, "lapsed.example", "test", 1);
    });

    test("a proof that is not seen any more counts for a fortnight, and silence does not prolong it", async () => {
      world.proofs.set("lapsed.example", "silent");
      const seenAt = (await row("lapsed.example")).proofSeenAt!;
      world.clock.now = seenAt + 14 * day - 1;
      await work(world);
      expect(await standing("lapsed.example")).toBe("proven");
      world.clock.now = seenAt + 14 * day;
      expect(await standing("lapsed.example")).toBe("lapsed");
    });

    test("a domain verified for a delegation needs no other proof, until it is released", async () => {
      const id = newId("dom");
      const claim = {
        id,
        tenantId: tenant,
        name: "ours.example",
        method: "cname-ring",
        label: "s",
        seed: "x",
        challengeToken: "t",
        algorithms: [],
        createdAt: 1,
      } as const;
      await transact(db, async (trx) => {
        await insertDomain(trx, { ...claim, algorithms: [] });
        await markDomainVerified(trx, tenant, id, 1);
      });
      await watch(world, tenant, "ours.example");
      world.clock.now += 100 * day;
      expect(await standing("ours.example")).toBe("proven");
      await transact(db, (trx) => markDomainReleased(trx, tenant, id, 2));
      expect(await standing("ours.example")).toBe("lapsed");
    });

    test("the budget of a day is kept by any number of workers; the rest comes the next day", async () => {
      const other = await addTenant(db);
      world.settings.budget = { looks: 10, unprovenLooks: 10, queries: 100_000 };
      for (let index = 0; index < 25; index++) await watch(world, other, `b${index}.example`);
      world.audited.length = 0;
      await Promise.all([work(world, 3), work({ ...world, deps: { ...world.deps, owner: "two" } }, 3)]);
      const theirs = (): string[] => world.audited.filter((name) => /^b\d+\.example$/.test(name));
      expect(theirs()).toHaveLength(10);
      await expect(checkNow(world.deps, other, "b1.example")).rejects.toThrow("used up");
      const due = await db
        .selectFrom("watches")
        .select(["dueAt", "resting"])
        .where("tenantId", "=", other)
        .where("resting", "=", "budget")
        .execute();
      expect(due).toHaveLength(15);
      world.clock.now = Math.max(...due.map(({ dueAt }) => dueAt));
      world.settings.budget.looks = 1000;
      world.settings.budget.unprovenLooks = 1000;
      await work(world);
      expect(new Set(theirs()).size).toBe(25);
    });

    test("queries count too, and domains that nobody proved have a smaller share", async () => {
      const other = await addTenant(db);
      world.clock.now += 2 * day;
      world.settings.budget = { looks: 100, unprovenLooks: 2, queries: 100_000 };
      for (const name of ["u1.example", "u2.example", "u3.example"]) await watch(world, other, name);
      world.audited.length = 0;
      await work(world);
      expect(world.audited.filter((name) => name.startsWith("u"))).toHaveLength(2);
      world.settings.budget = { looks: 100, unprovenLooks: 100, queries: 14 };
      await expect(checkNow(world.deps, other, "u1.example")).rejects.toThrow("used up");
    });

    test("one domain is watched once a tenant, at an interval between five minutes and thirty days", async () => {
      await watch(world, tenant, "once.example");
      await expect(watch(world, tenant, "once.example")).rejects.toThrow("watched already");
      for (const intervalSeconds of [299, 30 * day + 1])
        await expect(
          addWatch(db, { tenantId: tenant, domain: "often.example", intervalSeconds }, world.settings, "test", 1),
        ).rejects.toThrow("thirty days");
      await expect(watch(world, tenant, "named.example", ["s 1"])).rejects.toThrow("is no selector");
    });
  });

  describe("when clocks are set", () => {
    beforeAll(begin);
    afterAll(() => db.destroy());

    test("a clock a year ahead and back again: one look too early, then everything goes on", async () => {
      for (let index = 0; index < 5; index++) {
        await watch(world, tenant, `c${index}.example`);
        world.proofs.set(`c${index}.example`, (await row(`c${index}.example`)).challengeToken);
      }
      await work(world);
      world.clock.now += 365 * day;
      await work(world);
      const before = world.audited.length;
      world.clock.now = startOfTime + 60;
      await work(world); // what is due in a year is due now
      expect(world.audited.length - before).toBe(5);
      world.audited.length = 0;
      await work(world);
      expect(world.audited).toEqual([]);
      for (const { dueAt } of await db.selectFrom("watches").select("dueAt").execute())
        expect(dueAt).toBeLessThanOrEqual(world.clock.now + 1.5 * day);
      const { rows } = await listObservations(db, tenant, (await row("c0.example")).id, page);
      expect(rows).toMatchObject([{ turn: 1, firstSeenAt: startOfTime, looks: 3 }]);
      expect(rows[0]!.lastSeenAt).toBeGreaterThanOrEqual(startOfTime + 365 * day);
    });

    test("a lease taken by a clock that was ahead ends", async () => {
      await watch(world, tenant, "leased.example");
      await claimDue(db, world.settings, { owner: "dead", now: world.clock.now + 400 * day }, 10);
      world.audited.length = 0;
      await work(world);
      expect(world.audited).toContain("leased.example");
    });
  });

  describe("several workers", () => {
    const program = fileURLToPath(new URL("worker.fixture.ts", import.meta.url));
    type Worker = { child: ChildProcess; looked: string[]; ended: Promise<unknown>; line: () => Promise<unknown> };
    const start = (options: DatabaseOptions, owner: string, hangsAt = ""): Worker => {
      const child = spawn(process.execPath, [program, JSON.stringify(options), owner, hangsAt], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const looked: string[] = [];
      const lines = createInterface({ input: child.stdout });
      lines.on("line", (domain) => looked.push(domain));
      return { child, looked, ended: once(child, "close"), line: () => once(lines, "line") };
    };
    const names = Array.from({ length: 20 }, (_, index) => `w${index}.example`);

    test("of processes that race each due domain is looked at once; what a killed one held is looked at again, and recorded once", async () => {
      const options = await begin();
      for (const name of names) await watch(world, tenant, name);
      const doomed = start(options, "doomed", "4");
      while (doomed.looked.length < 4) await doomed.line();
      doomed.child.kill("SIGKILL");
      await doomed.ended;
      const workers = ["one", "two", "three"].map((owner) => start(options, owner));
      await Promise.all(workers.map(({ ended }) => ended));
      const looked = [...doomed.looked, ...workers.flatMap((worker) => worker.looked)];
      expect(new Set(looked).size).toBe(looked.length);

      const held = await db.selectFrom("watches").select("name").where("leaseOwner", "=", "doomed").execute();
      expect(held.length).toBeGreaterThan(0);
      expect(held.length).toBeLessThanOrEqual(2);
      await endWatchLeasesOf(db, "doomed", startOfTime);
      await work(world);
      expect(world.audited.toSorted()).toEqual(held.map(({ name }) => name).toSorted());
      for (const name of names) {
        const { rows } = await listObservations(db, tenant, (await row(name)).id, page);
        expect(rows, name).toMatchObject([{ turn: 1, looks: 1 }]);
      }
      await db.destroy();
    }, 60_000);

    test("a worker that slept past its lease records nothing", async () => {
      await begin();
      await watch(world, tenant, "slow.example");
      const [late] = await claimDue(db, world.settings, { owner: "slow", now: startOfTime }, 1);
      world.clock.now += 121;
      await work(world);
      expect(await visitWatch(world.deps, late!)).toEqual({ outcome: "lost" });
      const { rows } = await listObservations(db, tenant, (await row("slow.example")).id, page);
      expect(rows).toMatchObject([{ looks: 1 }]);
      await expect(checkNow(world.deps, tenant, "slow.example")).resolves.toMatchObject({ name: "slow.example" });
      await db.destroy();
    });

    test("a look that fails of a bug is not recorded, and comes again when its lease ends", async () => {
      await begin();
      await watch(world, tenant, "bug.example");
      const [claimed] = await claimDue(db, world.settings, { owner: "w", now: startOfTime }, 1);
      const broken = { ...world.deps, audit: () => Promise.reject(new Error("a bug")) };
      await expect(visitWatch(broken, claimed!)).rejects.toThrow("a bug");
      await work(world);
      expect(world.audited).toEqual([]);
      world.clock.now += 120;
      await work(world);
      expect(world.audited).toEqual(["bug.example"]);
      await db.destroy();
    });
  });
}
