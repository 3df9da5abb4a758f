import { TYPE } from "chancery/dns";
import { openFleet } from "../../server/src/engine/resolver/authorities/fleet.ts";
import { Pacing } from "../../server/src/engine/resolver/pacing.ts";
import { addresses, keyName } from "./zones.ts";

/** The auditor under measurement, in a process of its own. Says what it took. */
export type Figures = {
  names: number;
  seconds: number;
  cpuSeconds: number;
  residentMiB: number;
  queries: number;
  wrong: number;
};

const [port = 0, names = 0, atOnce = 0, perSecond = 0] = process.argv.slice(2).map(Number);
const fleet = await openFleet({
  root: [{ name: "ns.root", addresses: [addresses.root] }],
  authorityPort: port,
  pacing: new Pacing({ perSecond, burst: perSecond / 10 }),
});
let next = 0;
let wrong = 0;
let queries = 0;
let residentMiB = 0;
const measure = (): void => {
  residentMiB = Math.max(residentMiB, process.memoryUsage.rss() / (1 << 20));
};

async function worker(): Promise<void> {
  for (let index = next++; index < names; index = next++) {
    const sight = await fleet.look(keyName(index), TYPE.TXT);
    const isWhole =
      sight.outcome === "present" &&
      sight.names.length === 3 &&
      sight.names.every(
        ({ answers }) => answers.length === 2 && answers.every(({ answer }) => answer.state !== "unknown"),
      );
    if (!isWhole) wrong++;
    for (const exchange of sight.exchanges) queries += exchange.queries;
    if (index % 500 === 0) measure();
  }
}

const cpu = process.cpuUsage();
const started = performance.now();
await Promise.all(Array.from({ length: atOnce }, worker));
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(cpu);
const figures: Figures = { names, seconds, cpuSeconds: (user + system) / 1e6, residentMiB, queries, wrong };
fleet.close();
process.send?.(figures);
process.disconnect?.();
