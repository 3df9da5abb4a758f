import { answer, changeZone, zoneSet, type Zone } from "chancery/dns";
import { dirname } from "node:path";
import { disk } from "../../server/src/engine/zone-store/disk.ts";
import { loadStore } from "../../server/src/engine/zone-store/load.ts";
import { medianOf } from "../dkim/cost.ts";
import { keyQuery, keyRecord, origin, soaRecord } from "./keys.ts";
import { startOurs } from "./ours.ts";
import { residentMiB } from "./load.ts";
import type { ZoneFiles } from "./zone-files.ts";

const questions = 20_000;
const changes = 300;

/** How cost grows with the zone: the start, one answer (its work alone), one change. CPU time, so that others on the machine count less. */
export async function showGrowth(count: number, files: ZoneFiles): Promise<void> {
  const ours = await startOurs(files.snapshot);
  const resident = await residentMiB(ours);
  await ours.close();
  const { state } = await loadStore(disk, dirname(files.snapshot), files.snapshot);
  const zone = state?.zones.get(origin)?.zone;
  if (!zone) throw new Error("the snapshot cannot be read");
  const change = medianOf(changeTimes(zone, count), (time) => time);
  console.log(
    `  ${String(count).padStart(7)} keys: process ready in ${ours.startSeconds.toFixed(2)} s (zone ${ours.loadSeconds.toFixed(2)}), ` +
      `${Math.round(resident)} MiB, ${answerMicroseconds(zone, count).toFixed(2)} µs an answer, ${change.toFixed(3)} ms a change`,
  );
}

function answerMicroseconds(zone: Zone, count: number): number {
  const zones = zoneSet([zone]);
  const queries = Array.from({ length: questions }, (_, index) => keyQuery((index * 7919) % count));
  const costs: number[] = [];
  for (let round = 0; round < 15; round++) {
    const before = process.cpuUsage();
    for (const query of queries) answer(zones, query, "udp", { reply: "copied" });
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / questions);
  }
  return medianOf(costs.slice(5), (cost) => cost);
}

/** Milliseconds of each change: one key goes, another comes. */
function changeTimes(before: Zone, count: number): number[] {
  let zone = before;
  return Array.from({ length: changes }, (_, index) => {
    const delta = {
      fromSerial: zone.serial,
      toSerial: zone.serial + 1,
      removed: [soaRecord(zone.serial), keyRecord((index * 7919) % count)],
      added: [soaRecord(zone.serial + 1), keyRecord(count + index)],
    };
    const started = performance.now();
    const changed = changeZone(zone, delta);
    const milliseconds = performance.now() - started;
    if (!changed.ok) throw new Error(changed.problem);
    zone = changed.value;
    return milliseconds;
  });
}
