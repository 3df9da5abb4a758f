import { buildZone, parseZoneFile, zoneRecords, type Zone } from "chancery/dns";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { loadSnapshot, regressOf, saveSnapshot, type Snapshot } from "./snapshot.ts";

const zoneOf = (origin: string, serial: number, text: string): Zone => {
  const records = parseZoneFile(`@ 60 SOA ns1 h ${serial} 2 3 4 5\n@ 60 NS ns1\n${text}`, { origin });
  const zone = buildZone(origin, records.ok ? records.value : expect.fail(records.problem));
  return zone.ok ? zone.value : expect.fail(zone.problem);
};
const snapshotOf = (generation: number, serial: number): Snapshot => ({
  generation,
  zones: [
    zoneOf("example.com", serial, 's1._domainkey 60 TXT "v=DKIM1; p="\na\\.b 9 A 192.0.2.1'),
    zoneOf("example.net", 5, ""),
  ],
});
const content = (snapshot: Snapshot | undefined): unknown =>
  snapshot && {
    generation: snapshot.generation,
    zones: snapshot.zones.map((zone) => [zone.origin, zone.serial, [...zoneRecords(zone)]]),
  };

const made: string[] = [];
let path = "";
beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), "chancery-snapshot-"));
  made.push(directory);
  path = join(directory, "zones");
});
afterAll(async () => {
  for (const directory of made) await rm(directory, { recursive: true });
});

test("a snapshot comes back as it was saved, and nothing else is left lying about", async () => {
  const snapshot = snapshotOf(41, 7);
  await saveSnapshot(path, snapshot);
  const loaded = await loadSnapshot(path);
  expect(content(loaded.snapshot)).toEqual(content(snapshot));
  expect(loaded.problems).toEqual([]);
  await saveSnapshot(path, snapshotOf(42, 8));
  expect(content((await loadSnapshot(path)).snapshot)).toEqual(content(snapshotOf(42, 8)));
  expect((await readdir(join(path, ".."))).sort()).toEqual(["zones", "zones.previous"]);
});

test("D2 without any file there is no snapshot, and no problem either", async () => {
  expect(await loadSnapshot(path)).toEqual({ snapshot: undefined, problems: [] });
});

test("a snapshot without zones is one all the same", async () => {
  await saveSnapshot(path, { generation: 1, zones: [] });
  expect((await loadSnapshot(path)).snapshot).toEqual({ generation: 1, zones: [] });
});

describe("a damaged file", () => {
  test("cut at any octet gives the snapshot before it, and none where there is none", async () => {
    await saveSnapshot(path, snapshotOf(1, 1));
    await saveSnapshot(path, snapshotOf(2, 2));
    const whole = await readFile(path);
    const before = content(snapshotOf(1, 1));
    for (let length = 0; length < whole.length; length++) {
      await writeFile(path, whole.subarray(0, length));
      const loaded = await loadSnapshot(path);
      expect(content(loaded.snapshot)).toEqual(before);
      expect(loaded.problems).toHaveLength(1);
    }
    await rm(`${path}.previous`);
    for (let length = 0; length < whole.length; length++) {
      await writeFile(path, whole.subarray(0, length));
      expect((await loadSnapshot(path)).snapshot).toBeUndefined();
    }
  });

  test("with any octet changed is not believed", async () => {
    await saveSnapshot(path, snapshotOf(1, 1));
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0x10;
      await writeFile(path, changed);
      expect((await loadSnapshot(path)).snapshot).toBeUndefined();
    }
  });

  test("F-16 that was lost between two renames gives the one before", async () => {
    await saveSnapshot(path, snapshotOf(1, 1));
    await copyFile(path, `${path}.previous`);
    await rm(path);
    await writeFile(`${path}.new`, "torn");
    expect(content((await loadSnapshot(path)).snapshot)).toEqual(content(snapshotOf(1, 1)));
    await saveSnapshot(path, snapshotOf(2, 2));
    expect((await loadSnapshot(path)).snapshot?.generation).toBe(2);
  });

  test("that cannot be read is told", async () => {
    expect((await loadSnapshot(join(path, "..", "."))).problems).toHaveLength(1);
  });
});

describe("D1 what is served never goes back", () => {
  const served = snapshotOf(10, 100);
  test.each<[string, Snapshot, string | undefined]>([
    ["a newer generation with the same serials", snapshotOf(11, 100), undefined],
    ["a newer generation and serial", snapshotOf(11, 101), undefined],
    ["a serial that wraps", snapshotOf(11, 100 + 0x7fff_ffff), undefined],
    ["a removed zone", { generation: 11, zones: [] }, undefined],
    ["the same generation", snapshotOf(10, 101), "generation 10 is not after 10"],
    ["an older generation", snapshotOf(9, 101), "generation 9 is not after 10"],
    ["a serial that went back", snapshotOf(11, 99), "example.com: serial 99 is not after 100"],
  ])("%s", (_, next, problem) => expect(regressOf(served, next)).toBe(problem));

  test("the first snapshot may be any", () => expect(regressOf(undefined, served)).toBeUndefined());
});
