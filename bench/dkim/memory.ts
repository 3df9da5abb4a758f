// Memory while a long message streams through, above what the process has at rest. A process of its own: memory stays used.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { printGoal } from "./goal.ts";

const child = fileURLToPath(new URL("memory-child.ts", import.meta.url));

function octetsAboveRest(verb: string, megabytes: number, memory: "same" | "own"): number {
  return Number(execFileSync(process.execPath, [child, verb, String(megabytes), memory], { encoding: "utf8" }));
}

export function measureMemory(): void {
  for (const verb of ["sign", "verify"]) {
    for (const megabytes of [20, 1000]) {
      const reached = octetsAboveRest(verb, megabytes, "same") / 1e6;
      printGoal({ title: `${verb} a stream of ${megabytes} MB, MB above rest`, reached, wanted: 20, atMost: true });
    }
    // Chunks that were used are freed when Node's garbage collection comes to it.
    const own = octetsAboveRest(verb, 1000, "own") / 1e6;
    console.log(
      `  the same with each chunk in memory of its own, which the source has to answer for: ${own.toFixed(1)}`,
    );
  }
}
