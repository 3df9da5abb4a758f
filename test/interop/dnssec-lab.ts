import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { TYPE } from "chancery/dns";
import { exchange } from "../../server/src/engine/resolver/exchange.ts";

/** How a zone is signed; times in epoch seconds. Absent means ECDSAP256SHA256, NSEC, valid for a month from yesterday. */
export type Signing = { algorithm?: string; nsec3?: readonly string[]; inception?: number; expiration?: number };
export type SignedZone = { origin: string; text: string; ds: string };

const packageOf = (command: string): string => (command.startsWith("ldns-") ? "ldnsutils" : "bind9-utils");

function run(directory: string, command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw missing ? new Error(`${command} is needed for this: apt install ${packageOf(command)}`) : error;
  }
}

/** Signs a master file with two new keys, as ldns does it; `ds` is the record for the parent, without its owner. */
export function signZone(directory: string, origin: string, text: string, signing: Signing = {}): SignedZone {
  const { algorithm = "ECDSAP256SHA256", nsec3, inception, expiration } = signing;
  const bits = algorithm.startsWith("RSA") ? ["-b", "1024"] : [];
  const newKey = (...role: string[]): string =>
    run(directory, "ldns-keygen", ["-a", algorithm, ...bits, ...role, origin]).trim();
  const [keySigning, zoneSigning] = [newKey("-k"), newKey()];
  const file = join(directory, `${keySigning}.zone`);
  writeFileSync(file, text);
  const now = Math.floor(Date.now() / 1000);
  const times = ["-i", String(inception ?? now - 86_400), "-e", String(expiration ?? now + 30 * 86_400)];
  const hashed = nsec3 ? ["-n", ...nsec3] : [];
  run(directory, "ldns-signzone", [
    "-o",
    origin,
    ...times,
    ...hashed,
    "-f",
    `${file}.signed`,
    file,
    keySigning,
    zoneSigning,
  ]);
  const ds = run(directory, "ldns-key2ds", ["-n", "-2", `${keySigning}.key`]).split(/\bDS\b/)[1] ?? "";
  return { origin, text: readFileSync(`${file}.signed`, "utf8"), ds: ds.trim() };
}

/** The same by BIND, with NSEC3 records for signed delegations alone (opt-out), which ldns does not leave out. */
export function signWithOptOut(directory: string, origin: string, text: string): SignedZone {
  const key = run(directory, "dnssec-keygen", ["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", origin]).trim();
  const file = join(directory, `${key}.zone`);
  writeFileSync(file, `${text}\n$INCLUDE ${key}.key\n`);
  run(directory, "dnssec-signzone", [
    "-z",
    "-A",
    "-3",
    "aabb",
    "-H",
    "5",
    "-o",
    origin,
    "-f",
    `${file}.signed`,
    file,
    key,
  ]);
  const ds = run(directory, "dnssec-dsfromkey", ["-2", `${key}.key`]).split(/\bDS\b/)[1] ?? "";
  return { origin, text: readFileSync(`${file}.signed`, "utf8"), ds: ds.trim() };
}

export const freePort = (address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" && bound ? bound.port : 0));
    });
  });

export type Peer = { close(): Promise<void> };

async function startPeer(command: string, args: string[], probe: { address: string; port: number }): Promise<Peer> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  let failure: string | undefined;
  child.on("error", (error) => (failure = `${command} is needed for this: apt install ${command}. ${error.message}`));
  child.on("exit", (code) => (failure ??= `${command} ended with ${code}: ${output}`));
  for (let tries = 0; tries < 200; tries++) {
    if (failure !== undefined) throw new Error(failure);
    const done = await exchange({ name: "ready.invalid", type: TYPE.A }, probe, { timeoutMs: 100, attempts: 1 });
    if (done.result === "answered") return { close: () => ended(child) };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await ended(child);
  throw new Error(`${command} does not answer: ${output}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  await new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill();
  });
}

/** An NSD of its own on one address. */
export function startNsd(
  directory: string,
  address: string,
  port: number,
  zones: readonly { origin: string; text: string }[],
): Promise<Peer> {
  const file = (name: string): string => join(directory, `${address}-${name}`);
  const blocks = zones.map(({ origin, text }, index) => {
    writeFileSync(file(`zone${index}`), text);
    return `zone:\n  name: "${origin}"\n  zonefile: "${file(`zone${index}`)}"\n`;
  });
  const config = `server:
  ip-address: ${address}@${port}
  username: ""
  chroot: ""
  server-count: 1
  database: ""
  pidfile: "${file("pid")}"
  xfrdfile: "${file("xfrd")}"
  zonelistfile: "${file("zones")}"
  xfrdir: "${directory}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
${blocks.join("")}`;
  writeFileSync(file("conf"), config);
  return startPeer("nsd", ["-d", "-c", file("conf")], { address, port });
}

/** A validating Unbound, told where each zone is, since none of them is on port 53. */
export function startUnbound(
  directory: string,
  at: { address: string; port: number },
  anchors: readonly string[],
  stubs: readonly { zone: string; address: string; port: number }[],
): Promise<Peer> {
  const stubZones = stubs.map(
    ({ zone, address, port }) => `stub-zone:\n  name: "${zone}"\n  stub-addr: ${address}@${port}\n`,
  );
  const config = `server:
  interface: ${at.address}@${at.port}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  pidfile: ""
  module-config: "validator iterator"
  local-zone: "test." nodefault
  num-threads: 1
${anchors.map((anchor) => `  trust-anchor: "${anchor}"\n`).join("")}remote-control:
  control-enable: no
${stubZones.join("")}`;
  const file = join(directory, "unbound.conf");
  writeFileSync(file, config);
  return startPeer("unbound", ["-d", "-c", file], at);
}
