import { fork } from "node:child_process";
import { once } from "node:events";
import type { Figures } from "./auditor-child.ts";
import { timeTwentySelectors } from "./twenty-selectors.ts";

const largest = 100_000;
const atOnce = 200;

/** A chain of three names in three zones with two servers each, every server asked: six queries a name. */
export async function run(): Promise<void> {
  console.log("audit: chains of three names, two servers a zone, every one asked");
  const authority = fork(new URL("authority-child.ts", import.meta.url), [String(largest)]);
  const [{ port }] = (await once(authority, "message")) as [{ port: number }];
  for (const [names, perSecond] of [
    [1000, 1_000_000],
    [10_000, 1_000_000],
    [largest, 1_000_000],
    [2000, 1000],
  ] as const) {
    const auditor = fork(new URL("auditor-child.ts", import.meta.url), [port, names, atOnce, perSecond].map(String));
    const [figures] = (await once(auditor, "message")) as [Figures];
    show(figures, perSecond);
  }
  authority.kill();
  await timeTwentySelectors();
}

function show({ names, seconds, cpuSeconds, residentMiB, queries, wrong }: Figures, perSecond: number): void {
  const limited = perSecond < 1_000_000 ? `, ${perSecond} a second allowed to each server` : "";
  console.log(
    `  ${String(names).padStart(6)} names: ${Math.round(names / seconds)} names/s, ${Math.round(queries / seconds)} queries/s, ` +
      `${((cpuSeconds / queries) * 1e6).toFixed(1)} µs CPU a query, ${Math.round(residentMiB)} MiB, ${wrong} not whole${limited}`,
  );
}
