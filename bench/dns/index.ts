// The goals of the name server, each beside its peers in the same run; then how cost grows with the zone. `--full` compares with a million keys
// in the peers too, which takes minutes more.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showGrowth } from "./growth.ts";
import { measureMillion, measurePeersMillion } from "./memory.ts";
import { compareSpeed } from "./speed.ts";
import { writeZoneFiles } from "./zone-files.ts";

export async function run(options: readonly string[]): Promise<void> {
  const isFull = options.includes("--full");
  const directory = await mkdtemp(join(tmpdir(), "chancery-bench-dns-"));
  try {
    console.log("DNS: 100,000 keys; EDNS, cookies, rate limiting and metrics on");
    const hundred = await writeZoneFiles(directory, 100_000, "with text");
    await compareSpeed(hundred, isFull ? 9 : 5);

    console.log("DNS: a million keys");
    const million = await writeZoneFiles(directory, 1_000_000, isFull ? "with text" : "without");
    await measureMillion(million);
    if (isFull) {
      await measurePeersMillion(million);
      await compareSpeed(million, 5);
    }

    console.log("DNS: how cost grows");
    for (const count of [1000, 10_000]) await showGrowth(count, await writeZoneFiles(directory, count, "without"));
    await showGrowth(100_000, hundred);
    await showGrowth(1_000_000, million);
  } finally {
    await rm(directory, { recursive: true });
  }
}
