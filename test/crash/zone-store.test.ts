// kill -9 of a process that keeps zones, at every open, write (half of it done), fsync, rename and removal: the next process finds what was
// committed, or the change that was being made, never a mixture.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { disk } from "../../server/src/engine/zone-store/disk.ts";
import { loadStore } from "../../server/src/engine/zone-store/load.ts";
import { changesMax, zoneAt } from "../../server/src/engine/zone-store/process.fixture.ts";
import { contentOf, stored } from "../../server/src/engine/zone-store/store.fixture.ts";
import { StoreState } from "../../server/src/engine/zone-store/store-state.ts";

const program = join(import.meta.dirname, "../../server/src/engine/zone-store/process.fixture.ts");
const stateAt = (serial: number): unknown =>
  serial === 0 ? undefined : contentOf(new StoreState(serial, serial, [["example.com", stored(zoneAt(serial))]]));

const directory = mkdtempSync(join(tmpdir(), "chancery-zone-store-"));
afterAll(() => rmSync(directory, { recursive: true }));
const run = async (...args: string[]): Promise<{ signal: string | null; stdout: string }> => {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, NODE_COMPILE_CACHE: join(directory, "cache") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [stdout, [, signal]] = await Promise.all([
    text(child.stdout),
    once(child, "exit") as Promise<[unknown, string | null]>,
  ]);
  return { signal, stdout };
};

test("F-16 killed at every operation on the disk: the change before it or the change itself is there, whole", async () => {
  const operations = Number(/operations (\d+)/.exec((await run(join(directory, "zones"))).stdout)?.[1]);
  expect(operations).toBeGreaterThan(40);
  let kills = 0;
  let next = 1;
  const lane = async (): Promise<void> => {
    for (let at = next++; at <= operations; at = next++) {
      const folder = join(directory, String(at));
      const path = join(folder, "zones");
      mkdirSync(folder);
      const killed = await run(path, String(at));
      if (killed.signal === "SIGKILL") kills += 1;
      const committed = Number(killed.stdout.split("\n").findLast((line) => /^\d+$/.test(line)) ?? 0);
      const { state } = await loadStore(disk, folder, path);
      expect([stateAt(committed), stateAt(committed + 1)], `killed at ${at}`).toContainEqual(contentOf(state));
      if (at % 9 > 0) continue;
      await run(path); // the next process goes on from there
      expect(contentOf((await loadStore(disk, folder, path)).state)).toEqual(stateAt(changesMax));
    }
  };
  await Promise.all([lane(), lane()]);
  expect(kills).toBeGreaterThan(operations * 0.8);
  console.info(`zone store: ${kills} kills at ${operations} operations`);
});
