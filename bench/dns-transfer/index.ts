import { formatMessage, signRequest, TYPE } from "chancery/dns";
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { framed } from "../../server/src/engine/dns-server/framing.ts";
import { startDnsPeer, type DnsPeerRecipe } from "../../test/interop/dns-peer.ts";
import { origin, secret, transferKey, zoneFile } from "./zone.ts";

const recordCount = 100_000;
const rounds = 7;
/** Nothing more comes after so long. */
const silenceMs = 300;

const query = (type: number): Uint8Array =>
  formatMessage({
    id: 1,
    response: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: false,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: 0,
    questions: [{ name: origin, type, class: 1 }],
    answers: [],
    authority: [],
    additional: [],
  });

const nsdKey = `key:\n  name: bench.example\n  algorithm: hmac-sha256\n  secret: "${secret}"\n`;
const knotKey = `key:\n  - id: bench.example\n    algorithm: hmac-sha256\n    secret: "${secret}"\n`;
const nsd = (zone: string): DnsPeerRecipe => ({
  install: "nsd",
  host: "127.54.17.59",
  files: ({ directory, host, port }) => ({
    "zone.txt": zone,
    "nsd.conf": `server:
  ip-address: ${host}@${port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${directory}"
  database: ""
  pidfile: "${directory}/nsd.pid"
  zonelistfile: "${directory}/zone.list"
  xfrdfile: "${directory}/xfrd.state"
remote-control:
  control-enable: no
${nsdKey}zone:
  name: ${origin}
  zonefile: zone.txt
  provide-xfr: 127.0.0.1 bench.example
`,
  }),
  command: ({ directory }) => ["nsd", "-d", "-c", `${directory}/nsd.conf`],
  complaint: /error/i,
});
const knot = (zone: string): DnsPeerRecipe => ({
  install: "knot",
  host: "127.54.17.60",
  files: ({ directory, host, port }) => ({
    "zone.txt": zone,
    "knot.conf": `server:
  rundir: "${directory}"
  listen: ${host}@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "${directory}"
log:
  - target: stderr
    any: error
${knotKey}acl:
  - id: bench
    address: 127.0.0.1
    key: bench.example
    action: transfer
zone:
  - domain: ${origin}
    file: "${directory}/zone.txt"
    acl: bench
`,
  }),
  command: ({ directory }) => ["knotd", "-c", `${directory}/knot.conf`],
  complaint: /error/i,
});

type Figure = { milliseconds: number; cpuMilliseconds: number; octets: number };

/** CPU that a process has used. */
async function cpuMilliseconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** NSD answers from a child; the others are one process. */
async function servingPid(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const last = children.trim().split(" ").at(-1) ?? "";
  return last === ""
    ? pid
    : Number((await readFile(`/proc/${last}/task/${last}/children`, "utf8")).trim().split(" ")[0] || last);
}

/** One transfer, signed in every message that the server signs: until the last octet came. */
async function transfer({ host, port, pid }: { host: string; port: number; pid: number }): Promise<Figure> {
  const before = await cpuMilliseconds(pid);
  const socket = connect({ host, port, localAddress: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const started = performance.now();
  let last = started;
  let octets = 0;
  socket.write(framed(signRequest(query(TYPE.AXFR), transferKey(), Date.now() / 1000).message));
  await new Promise<void>((done, failed) => {
    const timer = setTimeout(done, 5000);
    socket.on("data", (chunk) => {
      last = performance.now();
      octets += chunk.length;
      clearTimeout(timer);
      quiet.refresh();
    });
    const quiet = setTimeout(() => octets > 0 && done(), silenceMs);
    socket.on("error", failed);
  });
  socket.destroy();
  return { milliseconds: last - started, cpuMilliseconds: (await cpuMilliseconds(pid)) - before, octets };
}

/** AXFR of a zone of keys by us, NSD and Knot, in turns, each with TSIG. */
export async function run(): Promise<void> {
  console.log(`dns-transfer: AXFR of ${recordCount} keys of 2048 bits, signed (hmac-sha256)`);
  const zone = zoneFile(recordCount);
  const child = fork(new URL("child.ts", import.meta.url), [String(recordCount)]);
  const [ours] = (await once(child, "message")) as [{ host: string; port: number }];
  const probe = query(TYPE.SOA);
  const peers = [await startDnsPeer(nsd(zone), probe), await startDnsPeer(knot(zone), probe)];
  const servers = [
    { name: "Chancery", ...ours, pid: child.pid!, figures: [] as Figure[] },
    { name: "NSD", ...peers[0]!, pid: await servingPid(peers[0]!.pid), figures: [] as Figure[] },
    { name: "Knot", ...peers[1]!, figures: [] as Figure[] },
  ];
  try {
    for (let round = 0; round < rounds; round++)
      for (const server of servers) server.figures.push(await transfer(server));
  } finally {
    child.kill();
    await Promise.all(peers.map((peer) => peer.close()));
  }
  for (const { name, figures } of servers) {
    const median = (of: (figure: Figure) => number): string =>
      String(Math.round(figures.map(of).sort((a, b) => a - b)[figures.length >> 1]!));
    const best = Math.round(Math.min(...figures.map(({ milliseconds }) => milliseconds)));
    const size = ((figures[0]?.octets ?? 0) / 1e6).toFixed(1);
    const wall = median(({ milliseconds }) => milliseconds);
    const cpu = median((figure) => figure.cpuMilliseconds);
    console.log(`  ${name.padEnd(10)} ${wall} ms, best ${best} ms, CPU of the server ${cpu} ms, ${size} MB`);
  }
}
