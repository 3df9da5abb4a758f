import { answer, formatMessage, formatZoneFile, TYPE, zoneSet } from "chancery/dns";
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startNsd } from "../../test/interop/dns-nsd-server.ts";
import { keyName, keyRecords, keyZone, origin } from "./keys.ts";

const keys = 100_000;
const loadSeconds = 8;
/** Of the clock in /proc/PID/stat. */
const ticksPerSecond = 100;

const query = (index: number): Uint8Array =>
  formatMessage({
    id: index & 0xffff,
    response: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: false,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: 0,
    questions: [{ name: keyName(index), type: TYPE.TXT, class: 1 }],
    answers: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: false, extendedRcode: 0, options: [] },
  });

/** CPU seconds that a process and its children have used. */
async function cpuSeconds(pid: number): Promise<number> {
  let ticks = 0;
  const family = new Set([pid]);
  const stats = new Map<number, string[]>();
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    stats.set(Number(entry), stat.slice(stat.lastIndexOf(")") + 2).split(" "));
  }
  for (let before = 0; before !== family.size;) {
    before = family.size;
    for (const [child, fields] of stats) if (family.has(Number(fields[1]))) family.add(child);
  }
  for (const member of family) ticks += Number(stats.get(member)?.[11] ?? 0) + Number(stats.get(member)?.[12] ?? 0);
  return ticks / ticksPerSecond;
}

type Figures = { cpuMicroseconds: number; perSecond: number; lost: string };

/** dnsperf against one server; CPU of the server alone. */
async function load(host: string, port: number, pid: number, queries: string): Promise<Figures> {
  const before = await cpuSeconds(pid);
  const options = [
    "-s",
    host,
    "-p",
    String(port),
    "-d",
    queries,
    "-l",
    String(loadSeconds),
    "-c",
    "20",
    "-q",
    "200",
    "-e",
  ];
  const { stdout } = await promisify(execFile)("dnsperf", options);
  const used = (await cpuSeconds(pid)) - before;
  const completed = Number(/Queries completed: +(\d+)/.exec(stdout)?.[1] ?? 0);
  const good = Number(/NOERROR (\d+)/.exec(stdout)?.[1] ?? 0);
  if (completed === 0 || good !== completed) throw new Error(`dnsperf: not all answers are good: ${stdout}`);
  return {
    cpuMicroseconds: (used / completed) * 1e6,
    perSecond: Number(/Queries per second: +([\d.]+)/.exec(stdout)?.[1] ?? 0),
    lost: /Queries lost: +(.*)/.exec(stdout)?.[1] ?? "?",
  };
}

const show = (who: string, { cpuMicroseconds, perSecond, lost }: Figures): void =>
  console.log(
    `  ${who.padEnd(9)} ${cpuMicroseconds.toFixed(2)} µs CPU a query, ${Math.round(perSecond)} queries/s, lost ${lost}`,
  );

/** 100,000 keys of 2048 bits: our answers alone, then our server and NSD under the same load. */
export async function run(): Promise<void> {
  console.log(`DNS: ${keys} keys`);
  const zones = zoneSet([keyZone(keys)]);
  const queries = Array.from({ length: 5000 }, (_, index) => query((index * 7919) % keys));
  let octets = 0;
  for (let round = 0; round < 40; round++) {
    if (round === 20) octets = 0;
    const started = performance.now();
    for (const each of queries) octets += answer(zones, each, "udp")?.length ?? 0;
    if (round === 39) {
      console.log(
        `  answer()  ${(((performance.now() - started) * 1000) / queries.length).toFixed(2)} µs, ${octets / 100_000} octets`,
      );
    }
  }

  const directory = await mkdtemp(join(tmpdir(), "chancery-bench-dns-"));
  const list = join(directory, "queries");
  await writeFile(list, Array.from({ length: keys }, (_, index) => `${keyName((index * 7919) % keys)} TXT\n`).join(""));
  const child = fork(new URL("dns-child.ts", import.meta.url), [String(keys)]);
  const [{ port, buildSeconds }] = (await once(child, "message")) as [{ port: number; buildSeconds: number }];
  console.log(`  zone built in ${buildSeconds.toFixed(2)} s`);
  const ours = await load("127.54.17.56", port, child.pid ?? 0, list);
  child.kill();
  show("chancery", ours);
  const nsd = await startNsd([{ origin, text: formatZoneFile(origin, keyRecords(keys)) }], query(0));
  const theirs = await load(nsd.host, nsd.port, nsd.pid, list);
  await nsd.close();
  show("NSD", theirs);
  console.log(
    `  ratio     ${(ours.cpuMicroseconds / theirs.cpuMicroseconds).toFixed(2)} (CPU a query, chancery to NSD)`,
  );
  await rm(directory, { recursive: true });
}
