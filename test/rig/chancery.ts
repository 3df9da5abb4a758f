import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { serviceZone, type Internet } from "./internet.ts";
import {
  type Ended,
  eventually,
  freePort,
  type Peer,
  run,
  type RunResult,
  startPeer,
  temporaryDirectory,
  whenReady,
} from "./peer.ts";

const command = join(import.meta.dirname, "..", "..", "chancery");
const startSecondsMax = 90;

export const roleNames = ["nameserver", "controller", "milter", "relay", "ingest", "api"] as const;
export type RoleName = (typeof roleNames)[number];

/** Values of configuration keys, as environment variables write them: `{ "rotation.policy": "lab" }`. */
export type Settings = Record<string, string>;

export type Endpoint = { host: string; port: number };

/** The real product on a data directory of its own. It can be stopped, killed and started again. */
export type Chancery = {
  data: string;
  listen: Record<"http" | "dns" | "milter" | "relay", Endpoint>;
  /** What it, and its commands, see of the environment. */
  environment: NodeJS.ProcessEnv;
  /** Pid of the supervisor that runs now. */
  pid(): number;
  /** Starts `chancery up`; `extra` adds environment variables as they are. Returns when it is healthy, unless told not to wait. */
  start(options?: { extra?: NodeJS.ProcessEnv; wait?: boolean }): Promise<void>;
  /** SIGTERM to the supervisor, as an operator does it. */
  stop(): Promise<void>;
  /** SIGKILL to the supervisor. */
  kill(): Promise<Ended>;
  ended(): Promise<Ended>;
  health(): Promise<number | undefined>;
  /** Pids of the supervisor's roles; a role between two lives is not there. */
  roles(): Partial<Record<RoleName, number>>;
  /** SIGKILL to one role. Returns its pid. */
  killRole(role: RoleName): number;
  /** Runs a `chancery` command against it. */
  cli(...args: string[]): Promise<RunResult>;
  /** The same with `--json`: every line of stdout, parsed. Throws unless the status is one of `statuses`. */
  json(args: readonly string[], statuses?: readonly number[]): Promise<unknown[]>;
  /** GET of the API as administrator; throws on anything but 200. */
  get(path: string): Promise<unknown>;
  /** Runs one role alone (`chancery run ROLE`), as on a machine of its own; ready when it says so. */
  run(role: RoleName, extra?: NodeJS.ProcessEnv): Promise<Peer>;
  /** Everything it wrote, for messages of tests that fail. */
  output(): string;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
};

/** Makes a data directory, ports and configuration for a Chancery that serves `dkim.esp.example` in `internet`. Starts nothing. */
export async function newChancery(internet: Internet | undefined, settings: Settings = {}): Promise<Chancery> {
  const directory = temporaryDirectory("up");
  const data = join(directory.path, "data");
  const [http, milter, relay, ingest] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const dns =
    internet === undefined
      ? { host: "127.0.0.1", port: await freePort() }
      : { host: internet.chanceryAddress, port: 53 };
  const environment = environmentOf({
    "data.dir": data,
    "http.listen": `127.0.0.1:${http}`,
    "dns.listen": `${dns.host}:${dns.port}`,
    "milter.listen": `127.0.0.1:${milter}`,
    "relay.listen": `127.0.0.1:${relay}`,
    "ingest.listen": `127.0.0.1:${ingest}`,
    ...(internet !== undefined && settingsIn(internet)),
    ...settings,
  });
  let peer: Peer | undefined;
  let before = "";
  const alone: Peer[] = [];
  const running = (): Peer => {
    if (peer === undefined) throw new Error("this Chancery is not started");
    return peer;
  };
  const health = (): Promise<number | undefined> =>
    fetch(`http://127.0.0.1:${http}/healthz`, { signal: AbortSignal.timeout(3000) }).then(
      ({ status }) => status,
      () => undefined,
    );
  const cli = (...args: string[]): Promise<RunResult> => run(command, args, { cwd: directory.path, env: environment });
  const output = (): string => [before, ...[peer, ...alone].map((one) => one?.output() ?? "")].join("");

  return {
    data,
    listen: {
      http: { host: "127.0.0.1", port: http },
      dns,
      milter: { host: "127.0.0.1", port: milter },
      relay: { host: "127.0.0.1", port: relay },
    },
    environment,
    pid: () => running().pid,
    start: async ({ extra = {}, wait = true } = {}) => {
      before += peer?.output() ?? "";
      peer = startPeer(command, ["up"], { cwd: directory.path, env: { ...environment, ...extra } });
      if (wait) await whenReady("chancery up", peer, async () => (await health()) === 200, startSecondsMax);
    },
    stop: () => running().stop(),
    kill: () => {
      process.kill(running().pid, "SIGKILL");
      return running().ended;
    },
    ended: () => running().ended,
    health,
    roles: () => rolesOf(running().pid),
    killRole: (role) => {
      const pid = rolesOf(running().pid)[role];
      if (pid === undefined) throw new Error(`${role} does not run:\n${output()}`);
      process.kill(pid, "SIGKILL");
      return pid;
    },
    cli,
    json: async (args, statuses = [0]) => {
      const { status, stdout, stderr } = await cli(...args, "--json");
      if (!statuses.includes(status))
        throw new Error(
          `chancery ${args.join(" ")} ended with ${status}:\n${stderr}${stdout}\n--- up:\n${output().slice(-4000)}`,
        );
      return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));
    },
    get: async (path) => {
      const token = readFileSync(join(data, "admin-token"), "utf8").trim();
      const response = await fetch(`http://127.0.0.1:${http}${path}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(20_000),
      }).catch((error: unknown) => {
        throw new Error(`GET ${path} found nobody:\n${output().slice(-4000)}`, { cause: error });
      });
      if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    run: async (role, extra = {}) => {
      const one = startPeer(command, ["run", role], { cwd: directory.path, env: { ...environment, ...extra } });
      alone.push(one);
      await whenReady(
        `chancery run ${role}`,
        one,
        async () => new RegExp(`^${role}: `, "m").test(one.output()),
        startSecondsMax,
      );
      return one;
    },
    output,
    remove: async () => {
      await Promise.all([...(peer === undefined ? [] : [peer]), ...alone].map((one) => one.stop()));
      directory.remove();
    },
  };
}

const settingsIn = (internet: Internet): Settings => ({
  "dns.zone": serviceZone,
  "dns.nameservers": JSON.stringify([{ name: internet.chanceryNameServer, addresses: [internet.chanceryAddress] }]),
  "resolver.servers": JSON.stringify([`${internet.resolver.address}:${internet.resolver.port}`]),
  "resolver.root": JSON.stringify([{ name: internet.root.name, addresses: [internet.root.address] }]),
  "resolver.authority_port": "53",
  "rotation.policy": "lab",
});

/** What `chancery` sees of the environment: nothing of what configures a Chancery that the person who runs the tests has. */
function environmentOf(settings: Settings): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("CHANCERY_") && !name.startsWith("VITEST") && name !== "NODE_OPTIONS",
  );
  const own = Object.entries(settings).map(
    ([key, value]) => [`CHANCERY_${key.replaceAll(".", "_").toUpperCase()}`, value] as const,
  );
  return Object.fromEntries([...inherited, ...own]);
}

/** Pids of a process's children, from /proc. */
export const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

function rolesOf(supervisor: number): Partial<Record<RoleName, number>> {
  const found: Partial<Record<RoleName, number>> = {};
  for (const pid of childrenOf(supervisor)) {
    const role = roleNames.find((name) => argumentsOf(pid).includes(name));
    if (role !== undefined) found[role] = pid;
  }
  return found;
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** Whether a process is there and not a zombie that waits for its parent. */
export function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until a role runs under another pid than `old` and does its work again: it listens, if it is one that listens. */
export const whenRestarted = (chancery: Chancery, role: RoleName, old: number): Promise<number> =>
  eventually(
    async () => {
      const pid = chancery.roles()[role];
      const at = whereListens(chancery)[role];
      return pid !== undefined && pid !== old && (at === undefined || (await opens(at))) ? pid : undefined;
    },
    { seconds: 60, otherwise: () => `${role} was not started again:\n${chancery.output()}` },
  );

const whereListens = ({ listen }: Chancery): Partial<Record<RoleName, Endpoint>> => ({
  nameserver: listen.dns,
  milter: listen.milter,
  relay: listen.relay,
  api: listen.http,
});

/** Whether something takes TCP connections there. */
export const opens = ({ host, port }: Endpoint): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port }, () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
