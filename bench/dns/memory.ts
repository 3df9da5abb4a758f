import { medianOf } from "../dkim/cost.ts";
import { printGoal } from "../dkim/goal.ts";
import { load, residentMiB } from "./load.ts";
import { startOurs, type Start } from "./ours.ts";
import { startPeer } from "./peers.ts";
import type { ZoneFiles } from "./zone-files.ts";

/** A million keys: how long the start takes from the snapshot, and what is held in memory when queries have been answered. */
export async function measureMillion(files: ZoneFiles): Promise<void> {
  const starts: Start[] = [];
  let resident = 0;
  for (let round = 0; round < 3; round++) {
    const ours = await startOurs(files.snapshot);
    starts.push(ours);
    if (round === 2) {
      await load(ours, files.queries, 2);
      resident = await residentMiB(ours);
    }
    await ours.close();
  }
  const { loadSeconds, cpuSeconds } = starts.at(-1)!;
  console.log(`  of the start ${loadSeconds.toFixed(2)} s for the zone; ${cpuSeconds.toFixed(2)} CPU seconds in all`);
  printGoal({
    title: "start with a million keys, s",
    reached: medianOf(starts, ({ startSeconds }) => startSeconds),
    wanted: 1.5,
    atMost: true,
  });
  printGoal({
    title: "memory with a million keys, MB",
    reached: (resident * 1024 * 1024) / 1e6,
    wanted: 450,
    atMost: true,
  });
}

/** The peers with a million keys. Takes minutes. */
export async function measurePeersMillion(files: ZoneFiles): Promise<void> {
  for (const name of ["NSD", "Knot", "PowerDNS"] as const) {
    const peer = await startPeer(name, files.text);
    console.log(
      `  ${name.padEnd(10)} ready in ${peer.startSeconds.toFixed(1)} s, ${Math.round(await residentMiB(peer))} MiB`,
    );
    await peer.close();
  }
}
