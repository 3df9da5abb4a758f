import { medianOf } from "../dkim/cost.ts";
import { printGoal } from "../dkim/goal.ts";
import { load, residentMiB, type Contender, type Figures } from "./load.ts";
import { startOurs } from "./ours.ts";
import { startPeer, type PeerName } from "./peers.ts";
import { timeTransfer } from "./transfer.ts";
import type { ZoneFiles } from "./zone-files.ts";

const loadSeconds = 2;
const warmUpSeconds = 1;
const peerNames: readonly PeerName[] = ["NSD", "Knot", "PowerDNS"];
type Name = PeerName | "chancery" | "one by one";

/**
 * All servers on the same zone, loaded in turn, several times over: what else the machine does so happens to all. Of each the median, and the
 * median of the ratios between neighbours in time.
 */
export async function compareSpeed(files: ZoneFiles, rounds: number): Promise<void> {
  const servers = await startAll(files);
  try {
    const figures = new Map<Name, Figures[]>();
    for (const [, server] of servers) await load(server, files.queries, warmUpSeconds);
    for (let round = 0; round < rounds; round++) {
      for (const [name, server] of servers) {
        const figure = await load(server, files.queries, loadSeconds);
        figures.set(name, [...(figures.get(name) ?? []), figure]);
      }
    }
    for (const [name, all] of figures) show(name, all);
    const against = (name: Name, field: "cpuMicroseconds" | "perSecond"): number => {
      const peers = figures.get(name) ?? [];
      const ratios = (figures.get("chancery") ?? []).map((ours, round) => ours[field] / peers[round]![field]);
      return medianOf(ratios, (ratio) => ratio);
    };
    printGoal({
      title: "CPU a query, to NSD's",
      reached: against("NSD", "cpuMicroseconds"),
      wanted: 0.95,
      atMost: true,
    });
    printGoal({
      title: "CPU a query, to Knot's",
      reached: against("Knot", "cpuMicroseconds"),
      wanted: 1,
      atMost: true,
    });
    printGoal({
      title: "CPU a query, to PowerDNS's",
      reached: against("PowerDNS", "cpuMicroseconds"),
      wanted: 1,
      atMost: true,
    });
    printGoal({ title: "queries a second, to NSD's", reached: against("NSD", "perSecond"), wanted: 1.1 });
    const oneByOne = medianOf(figures.get("one by one") ?? [], ({ cpuMicroseconds }) => cpuMicroseconds);
    printGoal({ title: "CPU a query one by one (node:dgram), µs", reached: oneByOne, wanted: 14, atMost: true });
    await compareTransfers(servers, files);
  } finally {
    for (const [, server] of servers) await server.close();
  }
}

async function startAll(files: ZoneFiles): Promise<Map<Name, Contender>> {
  const servers = new Map<Name, Contender>();
  servers.set("chancery", await startOurs(files.snapshot));
  for (const name of peerNames) {
    const peer = await startPeer(name, files.text);
    servers.set(name, peer);
    console.log(
      `  ${name.padEnd(10)} ready in ${peer.startSeconds.toFixed(1)} s, ${Math.round(await residentMiB(peer))} MiB`,
    );
  }
  servers.set("one by one", await startOurs(files.snapshot, "one-by-one"));
  return servers;
}

function show(name: Name, figures: readonly Figures[]): void {
  const cpu = medianOf(figures, ({ cpuMicroseconds }) => cpuMicroseconds);
  const perSecond = medianOf(figures, (figure) => figure.perSecond);
  const lost = figures.reduce((sum, figure) => sum + figure.lost, 0);
  console.log(
    `  ${name.padEnd(10)} ${cpu.toFixed(2)} µs CPU a query, ${Math.round(perSecond)} queries/s, lost ${lost}`,
  );
}

/** AXFR of the whole zone, from the first octet sent to the last received. */
async function compareTransfers(servers: ReadonlyMap<Name, Contender>, { records }: ZoneFiles): Promise<void> {
  for (const name of ["chancery", ...peerNames] as const) {
    const server = servers.get(name)!;
    const times: number[] = [];
    for (let round = 0; round < 9; round++) times.push(await timeTransfer(server, records));
    const milliseconds = medianOf(times, (time) => time);
    console.log(`  ${name.padEnd(10)} AXFR of ${records} records in ${milliseconds.toFixed(0)} ms`);
    if (name === "chancery" && records < 200_000)
      printGoal({ title: "AXFR of 100,000 records, ms", reached: Math.round(milliseconds), wanted: 120, atMost: true });
  }
}
