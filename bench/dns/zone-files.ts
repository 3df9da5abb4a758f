import { formatZoneFile } from "chancery/dns";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { disk } from "../../server/src/engine/zone-store/disk.ts";
import { writeSnapshot } from "../../server/src/engine/zone-store/snapshot.ts";
import { StoreState } from "../../server/src/engine/zone-store/store-state.ts";
import { keyName, keyRecords, keyZone, origin } from "./keys.ts";

const queriesMax = 100_000;

/** A zone of keys on disk: as we start from it, as a peer does, and the questions about it in no order. */
export type ZoneFiles = { snapshot: string; text: string; queries: string; records: number };

/** Written for peers only where they are wanted: a text of a million keys has half a gigabyte. */
export async function writeZoneFiles(
  directory: string,
  count: number,
  peers: "with text" | "without",
): Promise<ZoneFiles> {
  const zone = keyZone(count);
  const files = {
    snapshot: join(directory, `${count}.snapshot`),
    text: join(directory, `${count}.zone`),
    queries: join(directory, `${count}.queries`),
    records: zone.recordCount,
  };
  const stored = { zone, baseSerial: zone.serial, overlay: [] };
  await writeSnapshot(disk, files.snapshot, new StoreState(1, 1, [[origin, stored]], []));
  if (peers === "with text") await writeText(files.text, count);
  const asked = Array.from(
    { length: Math.min(count, queriesMax) },
    (_, index) => `${keyName((index * 7919) % count)} TXT\n`,
  );
  await writeFile(files.queries, asked.join(""));
  return files;
}

async function writeText(path: string, count: number): Promise<void> {
  const file = await open(path, "w");
  let records = [];
  for (const record of keyRecords(count)) {
    if (records.push(record) < 10_000) continue;
    await file.writeFile(formatZoneFile(origin, records));
    records = [];
  }
  await file.writeFile(formatZoneFile(origin, records));
  await file.close();
}
