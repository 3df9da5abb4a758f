import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** A name server under load, ours or a peer. */
export type Contender = { host: string; port: number; pid: number; close(): Promise<void> };

/** Of the clock in /proc/PID/stat. */
const ticksPerSecond = 100;
const pageKiB = 4;

/** A process and its children. */
async function family(pid: number): Promise<string[][]> {
  const stats = new Map<number, string[]>();
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    stats.set(Number(entry), stat.slice(stat.lastIndexOf(")") + 2).split(" "));
  }
  const members = new Set([pid]);
  for (let before = 0; before !== members.size;) {
    before = members.size;
    for (const [child, fields] of stats) if (members.has(Number(fields[1]))) members.add(child);
  }
  return [...members].map((member) => stats.get(member) ?? []);
}

/** CPU seconds that a server has used. */
async function cpuSeconds({ pid }: Contender): Promise<number> {
  const members = await family(pid);
  return members.reduce((sum, fields) => sum + Number(fields[11] ?? 0) + Number(fields[12] ?? 0), 0) / ticksPerSecond;
}

/** What a server holds in memory, in MiB; the largest of its processes counts where they share what they hold. */
export async function residentMiB({ pid }: Contender): Promise<number> {
  const members = await family(pid);
  return Math.max(...members.map((fields) => (Number(fields[21] ?? 0) * pageKiB) / 1024));
}

export type Figures = { cpuMicroseconds: number; perSecond: number; lost: number };

/** dnsperf against one server, every query with EDNS and a client's cookie; CPU of the server alone. Throws on a wrong answer. */
export async function load(server: Contender, queries: string, seconds: number): Promise<Figures> {
  const before = await cpuSeconds(server);
  const to = ["-s", server.host, "-p", String(server.port)];
  const how = ["-d", queries, "-l", String(seconds), "-c", "20", "-q", "200", "-e", "-E", "10:0102030405060708"];
  const { stdout } = await promisify(execFile)("dnsperf", [...to, ...how]);
  const used = (await cpuSeconds(server)) - before;
  const figure = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? 0);
  const completed = figure(/Queries completed: +(\d+)/);
  if (completed === 0 || figure(/NOERROR (\d+)/) !== completed)
    throw new Error(`dnsperf: not all answers are good: ${stdout}`);
  return {
    cpuMicroseconds: (used / completed) * 1e6,
    perSecond: figure(/Queries per second: +([\d.]+)/),
    lost: figure(/Queries lost: +(\d+)/),
  };
}
