import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { disk } from "../../server/src/engine/zone-store/disk.ts";
import { loadStore } from "../../server/src/engine/zone-store/load.ts";
import { changing, contentOf, replacing, zoneFrom } from "../../server/src/engine/zone-store/store.fixture.ts";
import { ZoneStore } from "../../server/src/engine/zone-store/store.ts";

const zoneAt = (serial: number, keys: number) =>
  zoneFrom(
    "example.com",
    serial,
    Array.from({ length: keys }, (_, index) => `s${index} 60 TXT "${"x".repeat(200)}"\n`).join(""),
  );

const directory = mkdtempSync(join(tmpdir(), "chancery-full-disk-"));
const path = join(directory, "zones");
beforeAll(() => {
  try {
    execFileSync("sh", ["-c", 'mount -t tmpfs -o size=64k tmpfs "$0"', directory], { stdio: "pipe" });
  } catch (error) {
    throw new Error("a small disk is needed for this: run as root, where tmpfs can be mounted", { cause: error });
  }
});
afterAll(() => {
  execFileSync("sh", ["-c", 'umount "$0"', directory]);
  rmSync(directory, { recursive: true });
});

const open = (): Promise<ZoneStore> => ZoneStore.open({ disk, path, onProblem: () => {} });

test("F-14 a change on a full disk is refused, what was there stays whole, and later changes work again", async () => {
  const store = await open();
  const small = zoneAt(1, 10);
  await store.commit(replacing(1, small));
  const before = contentOf(store.state);
  for (let tries = 0; tries < 3; tries++) {
    await expect(store.commit(replacing(2, zoneAt(2, 1000)))).rejects.toMatchObject({ state: "retry" });
    const { state, problems } = await loadStore(disk, directory, path);
    expect(problems).toEqual([]);
    expect(contentOf(state)).toEqual(before);
  }
  await store.commit({ followed: 3, steps: [changing(small, zoneAt(3, 12))] });
  await store.close();
  const again = await open();
  expect(again.problems).toEqual([]);
  expect(contentOf(again.state)).toEqual(contentOf(store.state));
  expect(readdirSync(directory).sort()).toEqual(["zones", "zones.changes.2"]);
});
