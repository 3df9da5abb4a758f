import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export type Nsd = { host: string; port: number; pid: number; close(): Promise<void> };

/** A real NSD on a loopback address, rate limit off, serving these master files. Rejects with a clear message when there is none. */
export async function startNsd(zones: readonly { origin: string; text: string }[], probe: Uint8Array): Promise<Nsd> {
  const host = "127.54.17.53";
  const port = await freePort(host);
  const directory = await mkdtemp(join(tmpdir(), "chancery-nsd-"));
  const clauses: string[] = [];
  for (const [index, { origin, text }] of zones.entries()) {
    await writeFile(join(directory, `${index}.zone`), text);
    clauses.push(`zone:\n  name: "${origin}"\n  zonefile: "${index}.zone"\n`);
  }
  const config = `server:
  ip-address: ${host}@${port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${directory}"
  database: ""
  pidfile: "${directory}/nsd.pid"
  zonelistfile: "${directory}/zone.list"
  xfrdfile: "${directory}/xfrd.state"
  minimal-responses: yes
  confine-to-zone: yes
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
${clauses.join("")}`;
  await writeFile(join(directory, "nsd.conf"), config);
  const nsd = spawn("nsd", ["-d", "-c", join(directory, "nsd.conf")], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  nsd.stderr.on("data", (chunk) => (log += String(chunk)));
  const failed = new Promise<never>((_, reject) => {
    nsd.on("error", () => reject(new Error("NSD is needed for this: apt install nsd")));
    nsd.on("exit", (code) => reject(new Error(`nsd ended with ${code}: ${log}`)));
  });
  const close = async (): Promise<void> => {
    failed.catch(() => {});
    if (nsd.exitCode === null && nsd.kill()) await once(nsd, "exit");
    await rm(directory, { recursive: true });
  };
  try {
    await Promise.race([failed, untilItAnswers(host, port, probe)]);
    if (/error/i.test(log)) throw new Error(`nsd does not like a zone: ${log}`);
    return { host, port, pid: nsd.pid ?? 0, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

async function untilItAnswers(host: string, port: number, probe: Uint8Array): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("error", () => {}); // refused until it listens
  const answered = once(socket, "message").then(() => true);
  try {
    for (let tries = 0; tries < 300; tries++) {
      socket.send(probe, port, host);
      if (await Promise.race([answered, sleep(100, false)])) return;
    }
  } finally {
    socket.close();
  }
  throw new Error("nsd does not answer within 30 s");
}
