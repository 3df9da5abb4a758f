import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const outputCharactersMax = 200_000;

export type Ended = { status: number | null; signal: NodeJS.Signals | null };

/** A program of the rig that runs until it is stopped. */
export type Peer = {
  pid: number;
  /** What it wrote to stdout and stderr so far, the last `outputCharactersMax` of it. */
  output(): string;
  ended: Promise<Ended>;
  /** Asks it to stop and kills it when it does not within `killAfterSeconds`. */
  stop(): Promise<void>;
};

const killAfterSeconds = 12;

/**
 * Starts a program in the foreground. It dies with this process: a test run that is killed leaves nothing behind.
 * Throws when there is no such program: a machine without a peer has a failing rig, not a shorter test run.
 * `group`: with a process group of its own, whose id is its pid, so that a signal reaches what it forks as well.
 */
export function startPeer(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; group?: boolean } = {},
): Peer {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", command, ...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: options.group ?? false,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid === undefined) throw new Error(`${command} cannot be started: is setpriv (util-linux) there?`);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-outputCharactersMax)));
  const ended = new Promise<Ended>((resolve) => child.once("exit", (status, signal) => resolve({ status, signal })));
  child.on("error", (error) => (output += `${error.message}\n`));
  return { pid: child.pid, output: () => output, ended, stop: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<Ended>): Promise<void> {
  const killing = setTimeout(() => child.kill("SIGKILL"), killAfterSeconds * 1000);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(killing);
}

/**
 * Waits until `ready` says so, be it of a program that has ended since. Throws with the peer's output when it ends before, or
 * takes longer than `seconds`.
 */
export async function whenReady(what: string, peer: Peer, ready: () => Promise<boolean>, seconds = 20): Promise<void> {
  let ended: Ended | undefined;
  void peer.ended.then((how) => (ended = how));
  await eventually(
    async () => {
      if (await ready()) return true;
      if (ended === undefined) return undefined;
      await pause(0.2); // its last words may come after its end
      if (await ready()) return true;
      throw new Error(`${what} ended with ${ended.signal ?? `status ${ended.status}`}:\n${peer.output()}`);
    },
    { seconds, everySeconds: 0.1, otherwise: () => `${what} did not get ready:\n${peer.output()}` },
  );
}

/** Asks again and again until there is an answer; throws `otherwise` when there is none in time. */
export async function eventually<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  {
    seconds,
    everySeconds = 0.2,
    otherwise,
  }: { seconds: number; everySeconds?: number; otherwise: string | (() => string) },
): Promise<T> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() > until)
      throw new Error(`after ${seconds} s: ${typeof otherwise === "string" ? otherwise : otherwise()}`);
    await pause(everySeconds);
  }
}

export const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export type RunResult = { status: number; stdout: string; stderr: string };

/** Runs a program to its end. A status other than 0 is an answer; a missing program throws. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string | Uint8Array; seconds?: number } = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const { cwd, env = process.env, input, seconds = 60 } = options;
    const child = execFile(
      command,
      args,
      { cwd, env, timeout: seconds * 1000, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ status: 0, stdout, stderr });
        if (typeof error.code === "number") return resolve({ status: error.code, stdout, stderr });
        return reject(
          new Error(
            `${command} ${args.join(" ")}: ${error.killed ? `no end within ${seconds} s` : error.message}\n${stderr}`,
          ),
        );
      },
    );
    child.stdin?.on("error", () => {}); // it may end without reading
    child.stdin?.end(input ?? "");
  });
}

/** A directory that `remove` takes away again. */
export function temporaryDirectory(name: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `chancery-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A TCP port of `host` that was free a moment ago. */
export function freePort(host = "127.0.0.1"): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
