import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { opens } from "./chancery.ts";
import { dig } from "./dig.ts";
import { eventually, type Peer, run, startPeer, temporaryDirectory, whenReady } from "./peer.ts";

/** A real secondary, on an address of its own, whose configuration is what it needs to run and the recipe in `recipe`. */
export type RunningSecondary = {
  name: string;
  host: string;
  port: number;
  pid: number;
  output(): string;
  stop(): Promise<void>;
  /** Kills it with all that it has forked, as a power cut does. */
  halt(): Promise<void>;
  /** Stops it, if it runs, and starts it again with what it has on disk. */
  restart(): Promise<void>;
  /** Copies what it has on disk now. Returns what kills it and lets it have that again. */
  backUp(): Promise<() => Promise<void>>;
  directory: string;
};

export type SecondaryMake = "knot" | "bind" | "nsd";

type Place = { host: string; port: number; directory: string };

/** The configuration file, and how the program is started with it. */
type Make = { configuration: (place: Place) => string; command: (place: Place) => [command: string, args: string[]] };

const fileIn = ({ directory }: Place): string => join(directory, "server.conf");

/** Where the recipe's files go within the folder of a secondary. */
export const recipeFolder = (directory: string): string => join(directory, "recipe");

const makes: Record<SecondaryMake, Make> = {
  knot: {
    configuration: ({ host, port, directory }) => `server:
  rundir: "${directory}"
  listen: ${host}@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 2
database:
  storage: "${directory}"
log:
  - target: stderr
    any: info
include: "${recipeFolder(directory)}/chancery-key.conf"
include: "${recipeFolder(directory)}/chancery.conf"
`,
    command: (place) => ["knotd", ["-c", fileIn(place)]],
  },
  bind: {
    configuration: ({ host, port, directory }) => `options {
  directory "${directory}";
  pid-file "${directory}/named.pid";
  session-keyfile "${directory}/session.key";
  listen-on port ${port} { ${host}; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
  max-retry-time 2;
  include "${recipeFolder(directory)}/chancery-options.conf";
};
controls { };
include "${recipeFolder(directory)}/chancery-key.conf";
include "${recipeFolder(directory)}/chancery.conf";
`,
    command: (place) => ["named", ["-g", "-n", "1", "-c", fileIn(place)]],
  },
  nsd: {
    configuration: ({ host, port, directory }) => `server:
  ip-address: ${host}@${port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${directory}"
  database: ""
  pidfile: "${directory}/nsd.pid"
  zonelistfile: "${directory}/zone.list"
  xfrdfile: "${directory}/xfrd.state"
  xfrdir: "${directory}"
  verbosity: 1
remote-control:
  control-enable: yes
  control-interface: ${directory}/nsd.ctl
include: ${recipeFolder(directory)}/chancery-key.conf
include: ${recipeFolder(directory)}/chancery.conf
`,
    command: (place) => ["nsd", ["-d", "-c", fileIn(place)]],
  },
};

/** Starts a secondary; BIND only listens on addresses that an interface has, so on 127.0.0.1. `putRecipe` writes the recipe's files into the folder it is given. */
export async function startSecondary(
  make: SecondaryMake,
  at: { host: string; port: number },
  putRecipe: (folder: string) => Promise<void>,
): Promise<RunningSecondary> {
  const folder = temporaryDirectory(make);
  const place = { ...at, directory: folder.path };
  mkdirSync(recipeFolder(folder.path));
  mkdirSync(join(folder.path, "chancery"));
  await putRecipe(recipeFolder(folder.path));
  writeFileSync(fileIn(place), makes[make].configuration(place));
  let peer: Peer;
  const backups: ReturnType<typeof temporaryDirectory>[] = [];
  const begin = async (): Promise<void> => {
    peer = startPeer(...makes[make].command(place), { group: true });
    const answers = async (): Promise<boolean> => (await dig(at, "nothing.example", "SOA")).rcode === "REFUSED";
    await whenReady(make, peer, answers, 30);
  };
  try {
    await begin();
  } catch (error) {
    await peer!.stop();
    folder.remove();
    throw error;
  }
  const halt = async (): Promise<void> => {
    process.kill(-peer.pid, "SIGKILL"); // one by one would not do: NSD forks anew what it loses
    await peer.ended;
    await eventually(async () => !(await opens(at)) || undefined, { seconds: 10, otherwise: `${make} lives on` });
  };
  return {
    name: make,
    ...place,
    get pid() {
      return peer.pid;
    },
    output: () => peer.output(),
    stop: async () => {
      await peer.stop();
      for (const one of [...backups, folder]) one.remove();
    },
    halt,
    restart: async () => {
      await peer.stop();
      await begin();
    },
    backUp: async () => {
      const backup = temporaryDirectory(`${make}-backup`);
      backups.push(backup);
      if (make === "nsd") await nsdControl(place, "write");
      await copied(folder.path, backup.path);
      return async () => {
        await halt();
        await copied(backup.path, folder.path);
      };
    },
  };
}

/** Makes one directory what another is. */
async function copied(from: string, to: string): Promise<void> {
  rmSync(to, { recursive: true });
  const { status, stderr } = await run("cp", ["--archive", from, to]);
  if (status !== 0) throw new Error(stderr);
}

/** Gives it another secret than ours, or ours again; it knows from its next start on. With another it fetches nothing and believes no NOTIFY. */
export function changeSecret({ directory }: RunningSecondary, secret: string): void {
  const file = join(recipeFolder(directory), "chancery-key.conf");
  writeFileSync(file, readFileSync(file, "utf8").replace(/(secret:? ")[^"]+/, `$1${secret}`));
}

/** What `nsd-control` says. Throws when it is refused. */
export async function nsdControl({ directory }: { directory: string }, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await run("nsd-control", ["-c", join(directory, "server.conf"), ...words]);
  if (status !== 0) throw new Error(`nsd-control ${words.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

/** Asks `knotc` for something. Throws when it is refused. */
export async function knotControl({ directory }: { directory: string }, ...words: string[]): Promise<void> {
  const { status, stdout, stderr } = await run("knotc", ["-s", join(directory, "knot.sock"), ...words]);
  if (status !== 0) throw new Error(`knotc ${words.join(" ")}: ${stdout}${stderr}`);
}
