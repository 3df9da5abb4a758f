import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseNowMs } from "../../server/src/engine/database/clock.ts";
import { describeDatabase } from "../../server/src/engine/database/database.suite.ts";
import { DatabaseUnavailable } from "../../server/src/engine/database/faults.ts";
import { followChanges } from "../../server/src/engine/database/follow-changes.ts";
import { openDatabase, type DatabaseOptions } from "../../server/src/engine/database/open.ts";
import { findTenant, insertTenant } from "../../server/src/engine/database/tenants.ts";
import { transact } from "../../server/src/engine/database/transact.ts";
import { startPostgres, type PostgresCluster } from "../postgres.ts";

const file = "/nonexistent/never-touched.db";
let postgres: PostgresCluster;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe("PostgreSQL", () => {
  describeDatabase(async () => ({ file, url: postgres.createDatabase() }));

  describe("outages", () => {
    const quick = (): DatabaseOptions => ({ file, url: postgres.createDatabase(), statementTimeoutMs: 500 });

    test("a server that is not there is named, without the password", async () => {
      const opened = openDatabase({ file, url: "postgres://chancery:sesame@127.0.0.1:1/postgres" });
      await expect(opened).rejects.toBeInstanceOf(DatabaseUnavailable);
      await expect(opened).rejects.toThrow(/^PostgreSQL at 127\.0\.0\.1:1: .*ECONNREFUSED/);
      await expect(opened).rejects.not.toThrow(/sesame/);
    });

    test("F-9 a lock that stays is given up after the time of one statement", async () => {
      const db = await openDatabase(quick());
      const blocker = transact(db, async (trx) => {
        await insertTenant(trx, { id: "locked", name: "locked", createdAt: 1 });
        await pause(1500);
      });
      await pause(100);
      const waiting = insertTenant(db, { id: "locked", name: "locked", createdAt: 1 });
      await expect(waiting).rejects.toBeInstanceOf(DatabaseUnavailable);
      await expect(waiting).rejects.toThrow(/statement timeout/);
      await blocker;
      expect(await findTenant(db, "locked")).toBeDefined();
      await db.destroy();
    });

    test("F-9 the queue for a connection is bounded", async () => {
      const db = await openDatabase({ ...quick(), connectionsMax: 1 });
      const blocker = transact(db, () => pause(300));
      const asked = await Promise.allSettled(Array.from({ length: 1200 }, () => findTenant(db, "x")));
      const refused = asked.filter((one) => one.status === "rejected");
      expect(refused).toHaveLength(200);
      for (const { reason } of refused) expect(reason).toBeInstanceOf(DatabaseUnavailable);
      await blocker;
      await db.destroy();
    });

    test("F-8 a server that stops answering is given up, and used again when it goes on", async () => {
      const db = await openDatabase(quick());
      await findTenant(db, "x");
      const silent = [...sessionPids(), postgres.pid];
      for (const pid of silent) process.kill(pid, "SIGSTOP");
      try {
        await expect(findTenant(db, "x")).rejects.toBeInstanceOf(DatabaseUnavailable);
      } finally {
        for (const pid of silent) process.kill(pid, "SIGCONT");
      }
      expect(await findTenant(db, "x")).toBeUndefined();
      await db.destroy();
    });

    test("F-8 a follower is told of an outage and of its end, and then loads everything", async () => {
      const db = await openDatabase(quick());
      const told: string[] = [];
      const stop = new AbortController();
      const following = followChanges(
        db,
        { intervalMs: 20, signal: stop.signal, onOutage: ({ state }) => void told.push(state) },
        ({ after, upTo }) => void told.push(`${after} to ${upTo}`),
      );
      const patience = { timeout: 15_000 };
      await expect.poll(() => told, patience).toEqual(["0 to 0"]);
      process.kill(postgres.pid, "SIGSTOP"); // nobody answers new connections
      for (const pid of sessionPids()) process.kill(pid, "SIGTERM");
      try {
        await expect.poll(() => told, patience).toEqual(["0 to 0", "away"]);
      } finally {
        process.kill(postgres.pid, "SIGCONT");
      }
      await expect.poll(() => told, patience).toEqual(["0 to 0", "away", "back", "0 to 0"]);
      stop.abort();
      await following;
      await db.destroy();
    });

    test("a session that is ended in mid-transaction ends neither the process nor makes the work run twice", async () => {
      const db = await openDatabase(quick());
      let runs = 0;
      const work = transact(db, async (trx) => {
        runs++;
        await insertTenant(trx, { id: "cut", name: "cut", createdAt: 1 });
        for (const pid of sessionPids()) process.kill(pid, "SIGTERM");
        await pause(200);
        await insertTenant(trx, { id: "after", name: "after", createdAt: 1 });
      });
      await expect(work).rejects.toBeInstanceOf(DatabaseUnavailable);
      expect(runs).toBe(1);
      expect(await findTenant(db, "cut")).toBeUndefined();
      await db.destroy();
    });
  });

  test("the database's clock is its own", async () => {
    const db = await openDatabase({ file, url: postgres.createDatabase() });
    const now = await databaseNowMs(db);
    expect(Math.abs((now ?? 0) - Date.now())).toBeLessThan(5000);
    await db.destroy();
  });
});

/** The processes of this cluster that serve a client; each shows its user in its title. */
function sessionPids(): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
        return (
          parent === String(postgres.pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(": chancery ")
        );
      } catch {
        return false; // it has ended meanwhile
      }
    });
}
