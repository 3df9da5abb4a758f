import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openDatabase, type DatabaseOptions } from "./open.ts";
import { findTenant, insertTenant } from "./tenants.ts";
import { transact } from "./transact.ts";
import { findZone, insertZone } from "./zones.ts";

/** Several processes on one database, and what is left when one is killed. */
export function describeProcesses(fresh: () => Promise<DatabaseOptions>): void {
  describe("several processes", () => {
    test("five that start at once on an empty database all find it ready", async () => {
      const options = await fresh();
      const children = Array.from({ length: 5 }, () => startProcess(options, "open"));
      expect(await Promise.all(children.map(({ exit }) => exit))).toEqual([0, 0, 0, 0, 0]);
    });

    test("a database that a later version has migrated further is opened as it is", async () => {
      const options = await fresh();
      const later = await openDatabase(options);
      const migrations = later.withoutPlugins().withTables<{ kysely_migration: { name: string; timestamp: string } }>();
      await migrations
        .insertInto("kysely_migration")
        .values({ name: "9999-later", timestamp: "2099-01-01T00:00:00Z" })
        .execute();
      await later.destroy();
      const db = await openDatabase(options);
      expect(await findTenant(db, "nobody")).toBeUndefined();
      await db.destroy();
    });

    test("two that change the same row a hundred times each lose no change", async () => {
      const options = await fresh();
      const db = await openDatabase(options);
      await transact(db, (trx) =>
        insertZone(trx, { id: "z", origin: "example.com", kind: "operator", domainId: null, serial: 1, createdAt: 1 }),
      );
      const children = [startProcess(options, "raise", "z", "100"), startProcess(options, "raise", "z", "100")];
      expect(await Promise.all(children.map(({ exit }) => exit))).toEqual([0, 0]);
      expect((await findZone(db, "z"))?.serial).toBe(201);
      await db.destroy();
    });

    test("kill -9 in the middle of a transaction leaves nothing of it, and no lock", async () => {
      const options = await fresh();
      const db = await openDatabase(options);
      const child = startProcess(options, "hang", "half");
      await child.line();
      child.process.kill("SIGKILL");
      await child.exit;
      expect(await findTenant(db, "half")).toBeUndefined();
      expect(await insertTenant(db, { id: "half", name: "half", createdAt: 1 })).toBe(true);
      await db.destroy();
    });

    test("kill -9 at any moment loses nothing that was committed", async () => {
      const options = await fresh();
      const db = await openDatabase(options);
      for (const killAfterMs of [20, 45, 70]) {
        const child = startProcess(options, "commit");
        const committed: string[] = [await child.line()];
        child.lines.on("line", (id) => committed.push(id));
        await pause(killAfterMs);
        child.process.kill("SIGKILL");
        await child.exit;
        expect(committed.length).toBeGreaterThan(1);
        for (const id of committed) expect(await findTenant(db, id)).toBeDefined();
      }
      await db.destroy();
    });
  });
}

type Started = { process: ChildProcess; lines: Interface; line(): Promise<string>; exit: Promise<number | null> };

function startProcess(options: DatabaseOptions, ...task: string[]): Started {
  const program = fileURLToPath(new URL("process.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(options), ...task], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  return {
    process: child,
    lines,
    line: async () => String(((await once(lines, "line")) as string[])[0]),
    exit: once(child, "close").then(([status]) => status as number | null),
  };
}
