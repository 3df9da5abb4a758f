import { buildZone, parseZoneFile, zoneRecords, type Zone } from "chancery/dns";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSnapshot, saveSnapshot } from "../../server/src/engine/dns-server/snapshot.ts";

const zoneOf = (keys: number): Zone => {
  const lines = Array.from({ length: keys }, (_, index) => `s${index} 60 TXT "${"x".repeat(200)}"\n`);
  const records = parseZoneFile(`@ 60 SOA a b 1 2 3 4 5\n${lines.join("")}`, { origin: "example.com" });
  const zone = buildZone("example.com", records.ok ? records.value : expect.fail(records.problem));
  return zone.ok ? zone.value : expect.fail(zone.problem);
};

const disk = mkdtempSync(join(tmpdir(), "chancery-full-disk-"));
beforeAll(() => {
  try {
    execFileSync("sh", ["-c", 'mount -t tmpfs -o size=64k tmpfs "$0"', disk], { stdio: "pipe" });
  } catch (error) {
    throw new Error("a small disk is needed for this: run as root, where tmpfs can be mounted", { cause: error });
  }
});
afterAll(() => {
  execFileSync("sh", ["-c", 'umount "$0"', disk]);
  rmSync(disk, { recursive: true });
});

test("F-14 a save on a full disk fails, leaves the snapshot before it whole, and later saves work again", async () => {
  const path = join(disk, "zones");
  await saveSnapshot(path, { generation: 1, zones: [zoneOf(10)] });
  for (let tries = 0; tries < 3; tries++) {
    await expect(saveSnapshot(path, { generation: 2, zones: [zoneOf(1000)] })).rejects.toMatchObject({
      code: "ENOSPC",
    });
    const { snapshot, problems } = await loadSnapshot(path);
    expect(problems).toEqual([]);
    expect(snapshot?.generation).toBe(1);
    expect(readdirSync(disk)).toEqual(["zones"]);
    expect([...zoneRecords(snapshot?.zones[0] ?? expect.fail("no zone"))]).toHaveLength(11);
  }
  await saveSnapshot(path, { generation: 3, zones: [zoneOf(12)] });
  expect((await loadSnapshot(path)).snapshot?.generation).toBe(3);
});
