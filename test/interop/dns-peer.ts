import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Another name server, running on a loopback address. */
export type DnsPeer = { host: string; port: number; pid: number; close(): Promise<void> };

/** How one is started: what to install, its files in a directory of its own, its program. */
export type DnsPeerRecipe = {
  install: string;
  host: string;
  files(at: { directory: string; host: string; port: number }): Record<string, string>;
  command(at: { directory: string; host: string; port: number }): [program: string, ...words: string[]];
  /** A line of its output that says that a zone is not served as it was given. */
  complaint: RegExp;
};

/** Starts one and waits until it answers `probe`. Rejects with a clear message when there is none, or when it does not like a zone. */
export async function startDnsPeer(recipe: DnsPeerRecipe, probe: Uint8Array, readySeconds = 30): Promise<DnsPeer> {
  const { host } = recipe;
  const port = await freePort(host);
  const directory = await mkdtemp(join(tmpdir(), "chancery-peer-"));
  const at = { directory, host, port };
  for (const [name, text] of Object.entries(recipe.files(at))) await writeFile(join(directory, name), text);
  const [program, ...words] = recipe.command(at);
  const peer = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [peer.stdout, peer.stderr]) stream.on("data", (chunk) => (log += String(chunk)));
  const failed = new Promise<never>((_, reject) => {
    peer.on("error", () => reject(new Error(`${program} is needed for this: apt install ${recipe.install}`)));
    peer.on("exit", (code) => reject(new Error(`${program} ended with ${code}: ${log.slice(-2000)}`)));
  });
  const close = async (): Promise<void> => {
    failed.catch(() => {});
    if (peer.exitCode === null && peer.signalCode === null && peer.kill()) await once(peer, "exit");
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await Promise.race([failed, untilItAnswers(program, host, port, probe, readySeconds)]);
    const complaint = log.split("\n").find((line) => recipe.complaint.test(line));
    if (complaint !== undefined) throw new Error(`${program} does not like a zone: ${complaint}`);
    return { host, port, pid: peer.pid ?? 0, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

/** An answer that is no SERVFAIL: a server that listens may still be reading its zones. */
async function untilItAnswers(
  program: string,
  host: string,
  port: number,
  probe: Uint8Array,
  readySeconds: number,
): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("error", () => {}); // refused until it listens
  const answered = new Promise<true>((ready) =>
    socket.on("message", (octets) => {
      if ((octets[3]! & 0x0f) === 0) ready(true);
    }),
  );
  try {
    for (let tries = 0; tries < 10 * readySeconds; tries++) {
      socket.send(probe, port, host);
      if (await Promise.race([answered, sleep(100, false)])) return;
    }
  } finally {
    socket.close();
  }
  throw new Error(`${program} does not answer within ${readySeconds} s`);
}
