// The goals of the DKIM engine, each beside its peers or its limit in the same run. A goal that is not met says so.
import { compareCores } from "./cores.ts";
import { measureMemory } from "./memory.ts";
import { comparePeers } from "./peers.ts";

export async function run(): Promise<void> {
  await comparePeers();
  await compareCores();
  measureMemory();
}
