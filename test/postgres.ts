import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const START_MS_MAX = 30_000;

/** A PostgreSQL cluster of the test's own. */
export type PostgresCluster = {
  /** Its first database, which is empty. */
  url: string;
  /** Makes another empty database and answers its URL. */
  createDatabase(): string;
  /** The server's process, to be stopped and continued. */
  pid: number;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
};

/**
 * Starts a throw-away cluster on a free port of 127.0.0.1; unless `durable`, without fsync, and without autovacuum, which goes round hundreds of databases; `environment` is added to the server's. Throws, naming the package, where
 * PostgreSQL is not installed.
 */
export async function startPostgres(
  options: { durable?: boolean; environment?: Readonly<Record<string, string>> } = {},
): Promise<PostgresCluster> {
  const binaries = findBinaries();
  const folder = mkdtempSync(join(tmpdir(), "chancery-postgres-"));
  try {
    if (isRoot()) execFileSync("chown", ["postgres", folder]);
    const cluster = join(folder, "cluster");
    const initdb = [join(binaries, "initdb"), "--pgdata", cluster, "--username", "chancery", "--auth", "trust"];
    initdb.push("--encoding", "UTF8", "--locale", "C", ...(options.durable === true ? [] : ["--no-sync"]));
    const [command, args] = asPostgres(initdb);
    execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"], cwd: folder });
    const port = await freePort();
    const settings = [`port=${port}`, "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`];
    if (options.durable !== true) settings.push("fsync=off", "autovacuum=off");
    const postgres = [join(binaries, "postgres"), "-D", cluster, ...settings.flatMap((setting) => ["-c", setting])];
    // Set by env(1), once the server's user is: what is loaded into it must be its own.
    const environment = Object.entries(options.environment ?? {}).map(([name, value]) => `${name}=${value}`);
    const child = spawn(...asPostgres(["env", ...environment, ...postgres]), { stdio: "ignore", cwd: folder });
    await answers(join(binaries, "pg_isready"), port, child);
    const server = `postgres://chancery@127.0.0.1:${port}`;
    let databases = 0;
    return {
      url: `${server}/postgres`,
      createDatabase: () => {
        const name = `test${++databases}`;
        execFileSync(join(binaries, "psql"), ["-qc", `create database ${name}`, `${server}/postgres`]);
        return `${server}/${name}`;
      },
      pid: child.pid ?? 0,
      stop: async () => {
        await end(child);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Debian keeps the server's programs off PATH, one folder for each major version; elsewhere they are on it. */
function findBinaries(): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, "bin")),
    ...(process.env["PATH"] ?? "").split(":"),
  ];
  const found = folders.find((folder) => folder !== "" && existsSync(join(folder, "initdb")));
  if (found === undefined) {
    throw new Error("PostgreSQL is missing: install it (Debian: apt-get install postgresql) and run this again");
  }
  return found;
}

/** The server refuses to run as root. setpriv and not runuser: it becomes the server, so that signals reach it. */
function asPostgres(command: string[]): [string, string[]] {
  const [program = "", ...args] = command;
  if (!isRoot()) return [program, args];
  return [
    "setpriv",
    ["--pdeathsig", "INT", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "--", program, ...args],
  ];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function answers(pgIsReady: string, port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_MS_MAX;
  while (spawnSync(pgIsReady, ["-q", "-h", "127.0.0.1", "-p", String(port)]).status !== 0) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await end(child);
      throw new Error(`PostgreSQL does not start (exit status ${child.exitCode})`);
    }
    await pause(50);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGCONT"); // a test may have stopped it
  child.kill("SIGINT"); // fast shutdown: ends the sessions, keeps the files whole
  await once(child, "exit");
}
