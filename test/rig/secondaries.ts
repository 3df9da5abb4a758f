import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dig } from "./dig.ts";
import { type Peer, run, startPeer, temporaryDirectory, whenReady } from "./peer.ts";

/** A real secondary, on an address of its own, whose configuration is what it needs to run and the recipe in `recipe`. */
export type RunningSecondary = {
  name: string;
  host: string;
  port: number;
  pid: number;
  output(): string;
  stop(): Promise<void>;
  /** Stops it and starts it again with what it has on disk. */
  restart(): Promise<void>;
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
  const begin = async (): Promise<void> => {
    peer = startPeer(...makes[make].command(place));
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
  return {
    name: make,
    ...place,
    get pid() {
      return peer.pid;
    },
    output: () => peer.output(),
    stop: async () => {
      await peer.stop();
      folder.remove();
    },
    restart: async () => {
      await peer.stop();
      await begin();
    },
  };
}

/** What `nsd-control` says. Throws when it is refused. */
export async function nsdControl({ directory }: RunningSecondary, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await run("nsd-control", ["-c", join(directory, "server.conf"), ...words]);
  if (status !== 0) throw new Error(`nsd-control ${words.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}
