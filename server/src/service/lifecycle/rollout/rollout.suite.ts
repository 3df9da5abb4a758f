import { afterEach, describe, expect, test } from "vitest";
import { type DatabaseOptions, openDatabase } from "../../../engine/database/open.ts";
import { listDueRollouts } from "../../../engine/database/rollouts.ts";
import type { Database } from "../../../engine/database/schema.ts";
import { orderRollout, rolloutById, rolloutView, type RolloutView } from "./control.ts";
import { type Fleet, fleetOf, rowOf } from "./rollout.fixture.ts";
import { visitRollout } from "./visit.ts";

/** Rollouts on a database of either kind. */
export function describeRollouts(fresh: () => Promise<DatabaseOptions>): void {
  const opened: Database[] = [];
  const fleet = async (size: number): Promise<Fleet> => {
    const db = await openDatabase(await fresh());
    opened.push(db);
    return fleetOf(db, size);
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((db) => db.destroy()));
  });
  const view = async (of: Fleet, id: string): Promise<RolloutView> => rolloutView(of.db, await rowOf(of, id));
  const counts = async (of: Fleet, id: string): Promise<string> =>
    (await view(of, id)).waves
      .map(({ begun, rotated, failed, left }) => [begun, rotated, failed, left].join("/"))
      .join(" ");
  const order = async (of: Fleet, id: string, what: "pause" | "resume" | "stop"): Promise<RolloutView> =>
    orderRollout(of.db, await rolloutById(of.db, of.tenantId, id), what, { by: "me", now: of.clock.now });

  describe("a rollout", () => {
    test("begins its canary, watches it, and goes on wave by wave to its end", async () => {
      const made = await fleet(10);
      const id = await made.start();
      expect(await made.settle()).toEqual(["wave-began", "began 2 of wave 0"]);
      await made.rotate();
      expect(await made.settle()).toEqual(["wave-rotated"]);
      expect(await counts(made, id)).toBe("2/2/0/0 0/0/0/0 0/0/0/0");
      made.clock.now += 60;
      expect(await made.settle()).toEqual(["wave-settled", "wave-began", "began 3 of wave 1"]);
      await made.rotate();
      expect(await made.settle()).toEqual(["wave-rotated", "wave-settled", "wave-began", "began 5 of wave 2"]);
      await made.rotate();
      await made.settle();
      expect(await view(made, id)).toMatchObject({ status: "finished", wave: undefined });
      expect(await listDueRollouts(made.db, made.clock.now + 1e9, 10)).toEqual([]);
      const asked = await made.db.selectFrom("rotations").select("domainId").where("requestedBy", "=", id).execute();
      expect(asked.map(({ domainId }) => domainId).sort()).toEqual(made.domainIds.toSorted());
    });

    test("halts at the first fault of a canary that is watched, and goes on when somebody who knows resumes it", async () => {
      const made = await fleet(10);
      const id = await made.start();
      await made.settle();
      await made.rotate();
      await made.settle();
      const [canary] = await made.db.selectFrom("rolloutDomains").selectAll().where("wave", "=", 0).execute();
      made.faults.set(canary!.domainId, "a signature by s1 is fail");
      expect(await made.settle()).toEqual(["halted: 1 of 2 domains failed, in the canary"]);
      expect(await view(made, id)).toMatchObject({
        status: "halted",
        failed: [{ reason: "a signature by s1 is fail" }],
      });
      made.clock.now += 1000;
      expect(await made.settle()).toEqual([]);
      made.faults.clear();
      await order(made, id, "resume");
      expect(await made.settle()).toEqual(["wave-settled", "wave-began", "began 3 of wave 1"]);
    });

    test("halts when more fail than may; what waits for a clock has not failed, and what could not be begun neither", async () => {
      const made = await fleet(10);
      const id = await made.start({ canary: 0, wavesPercent: [100] });
      made.obstacles.set(made.domainIds[0]!, "its claim is not in force");
      await made.settle();
      expect(await counts(made, id)).toBe("9/0/0/1");
      made.clock.now += 200;
      expect(await made.settle()).toEqual([]);
      made.stuck.set(made.domainIds[1]!, { outcome: "failed", reason: "blocked" });
      expect(await made.settle()).toEqual([]);
      expect(await counts(made, id)).toBe("9/0/1/1");
      made.stuck.set(made.domainIds[2]!, { outcome: "failed", reason: "blocked" });
      expect(await made.settle()).toEqual(["halted: 2 of 9 domains failed: more than 20 %"]);
    });

    test("begins nothing while it is paused, and notes all the same what was begun", async () => {
      const made = await fleet(10);
      const id = await made.start({ canary: 0, wavesPercent: [30, 100] });
      await made.settle();
      await order(made, id, "pause");
      await made.rotate();
      expect(await made.settle()).toEqual([]);
      expect(await counts(made, id)).toBe("3/3/0/0 0/0/0/0");
      await expect(order(made, id, "pause")).rejects.toThrow("paused");
      await order(made, id, "resume");
      expect(await made.settle()).toContain("began 7 of wave 1");
      await order(made, id, "stop");
      await made.rotate();
      await made.settle();
      expect(await view(made, id)).toMatchObject({ status: "stopped" });
      await expect(order(made, id, "resume")).rejects.toThrow("stopped");
    });

    test("rotates every stream of its domains, or those that are named, and counts each stream", async () => {
      const made = await fleet(3);
      const [first, second] = made.domainIds;
      await made.addStream(first!, "news");
      await made.addStream(second!, "news");
      await made.addStream(second!, "bills");
      const streams = async (id: string): Promise<string> =>
        (await view(made, id)).streams
          .map((one) => [one.stream || "-", one.domains, one.begun, one.rotated, one.failed, one.left].join("/"))
          .join(" ");
      const all = await made.start({ canary: 0, wavesPercent: [100] });
      made.obstacles.set(second!, "its claim is not in force");
      await made.settle();
      expect(await streams(all)).toBe("-/3/2/0/0/1 bills/1/0/0/0/1 news/2/1/0/0/1");
      await made.rotate();
      await made.settle();
      expect(await streams(all)).toBe("-/3/2/2/0/1 bills/1/0/0/0/1 news/2/1/1/0/1");
      expect(await view(made, all)).toMatchObject({ status: "finished" });
      made.obstacles.clear();

      const named = await made.start({ canary: 0, wavesPercent: [100] }, { streams: ["news"] });
      expect(await streams(named)).toBe("news/2/0/0/0/0");
      await made.settle();
      const asked = await made.db.selectFrom("rotations").select("stream").where("requestedBy", "=", named).execute();
      expect(asked).toEqual([{ stream: "news" }, { stream: "news" }]);
      await order(made, named, "stop");
      const list = { choice: { names: ["d0001.example", "d0000.example"] }, streams: ["", "bills"] };
      const listed = await made.start({ canary: 1, wavesPercent: [100] }, list);
      const places = await made.db.selectFrom("rolloutDomains").selectAll().where("rolloutId", "=", listed).execute();
      expect(places.toSorted((a, b) => a.place - b.place).map(({ domainId, stream }) => [domainId, stream])).toEqual([
        [second, ""],
        [second, "bills"],
        [first, ""],
      ]);
      await order(made, listed, "stop");
      const noStream = { choice: { names: ["d0002.example"] }, streams: ["news"] };
      await expect(made.start({}, noStream)).rejects.toThrow("with such a stream");
    });

    test("of a domain that signs with two keys both have to switch; a second key that never signed holds nothing up", async () => {
      const made = await fleet(2);
      const [both, one] = made.domainIds;
      await made.addSecond(both!);
      await made.db.updateTable("domains").set({ algorithms: '["rsa-sha256","ed25519-sha256"]' }).execute();
      const id = await made.start({ canary: 0, wavesPercent: [100] });
      await made.settle();
      await made.rotate();
      await made.settle();
      expect(await counts(made, id)).toBe("2/1/0/0");
      await made.rotate([both!], "second");
      await made.settle();
      expect(await view(made, id)).toMatchObject({ status: "finished" });
      expect(one).toBeDefined();
    });

    test("is the only one of its tenant while it runs", async () => {
      const made = await fleet(3);
      const id = await made.start();
      await expect(made.start()).rejects.toThrow(`chancery fleet stop ${id}`);
      await order(made, id, "stop");
      await made.start();
    });
  });

  describe("several workers", () => {
    test("S7 one that slept past its lease writes 0 rows, and no domain is begun twice", async () => {
      const made = await fleet(6);
      const id = await made.start({ canary: 0, wavesPercent: [100] });
      let wake = (): void => {};
      const asleep = new Promise<void>((resolve) => (wake = resolve));
      let reached = (): void => {};
      const inTheMiddle = new Promise<void>((resolve) => (reached = resolve));
      const sleeper = made.worker({
        owner: "sleeper",
        obstacleOf: async () => {
          reached();
          await asleep;
          return undefined;
        },
      });
      const sleeping = visitRollout(sleeper, await rowOf(made, id));
      await inTheMiddle;
      expect(await made.visit(made.worker({ owner: "other" }))).toEqual([]); // the lease still runs
      made.clock.now += 120;
      expect(await made.visit(made.worker({ owner: "other" }))).toEqual(["began 6 of wave 0"]);
      const rows = () => made.db.selectFrom("rolloutDomains").selectAll().execute();
      const before = await rows();
      wake();
      expect(await sleeping).toEqual(["wave-began", "lost"]);
      expect(await rows()).toEqual(before);
      expect(await made.db.selectFrom("rotations").select("id").where("requestedBy", "=", id).execute()).toHaveLength(
        6,
      );
    });

    test("who is interrupted by a pause begins nothing after it", async () => {
      const made = await fleet(6);
      const id = await made.start({ canary: 0, wavesPercent: [100] });
      const paused = made.worker({
        obstacleOf: async () => {
          if ((await view(made, id)).status === "running") await order(made, id, "pause");
          return undefined;
        },
      });
      expect(await visitRollout(paused, await rowOf(made, id))).toEqual(["wave-began", "lost"]);
      expect(await counts(made, id)).toBe("0/0/0/0");
    });
  });
}
