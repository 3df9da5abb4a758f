import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dig } from "./dig.ts";
import { eventually, run, startPeer, temporaryDirectory, whenReady } from "./peer.ts";

/** A real NSD on addresses of its own. */
export type Nsd = {
  addresses: readonly string[];
  /** Replaces a zone's text and returns when every address serves it. The text's SOA serial has to rise. */
  replaceZone(origin: string, text: string): Promise<void>;
  stop(): Promise<void>;
};

const serialOf = (text: string): string => {
  const serial = /\sSOA\s+\S+\s+\S+\s+\(?\s*(\d+)/.exec(text)?.[1];
  if (serial === undefined) throw new Error(`a zone text without SOA:\n${text}`);
  return serial;
};

/**
 * Starts NSD with the given zones (origin without final dot, or "." → zone text). Ready when it answers for each, at every
 * address unless the first is enough (it loads all before it answers).
 */
export async function startNsd(options: {
  addresses: readonly string[];
  port?: number;
  zones: Record<string, string>;
  ready?: "every" | "first";
}): Promise<Nsd> {
  const { addresses, port = 53, zones, ready = "every" } = options;
  const directory = temporaryDirectory("nsd");
  const fileOf = (origin: string): string => join(directory.path, "zones", origin === "." ? "root" : origin);
  mkdirSync(join(directory.path, "zones"));
  for (const [origin, text] of Object.entries(zones)) writeFileSync(fileOf(origin), text);
  const configuration = join(directory.path, "nsd.conf");
  writeFileSync(
    configuration,
    nsdConfiguration(
      directory.path,
      addresses,
      port,
      Object.keys(zones).map((origin) => [origin, fileOf(origin)]),
    ),
  );
  const peer = startPeer("nsd", ["-d", "-c", configuration]);

  const asked = ready === "first" ? addresses.slice(0, 1) : addresses;
  const serves = async (origin: string, serial: string): Promise<boolean> => {
    const seen = await Promise.all(asked.map((host) => dig({ host, port }, origin, "SOA")));
    return seen.every(({ authoritative, answers }) => authoritative && answers[0]?.split(" ")[2] === serial);
  };
  for (const [origin, text] of Object.entries(zones))
    await whenReady(`NSD (${origin})`, peer, () => serves(origin, serialOf(text)));

  return {
    addresses,
    replaceZone: async (origin, text) => {
      writeFileSync(fileOf(origin), text);
      const reload = await run("nsd-control", ["-c", configuration, "reload", origin]);
      if (reload.status !== 0) throw new Error(`nsd-control reload: ${reload.stdout}${reload.stderr}`);
      await eventually(async () => (await serves(origin, serialOf(text))) || undefined, {
        seconds: 10,
        otherwise: () => `NSD does not serve the new ${origin}:\n${peer.output()}`,
      });
    },
    stop: async () => {
      await peer.stop();
      directory.remove();
    },
  };
}

const nsdConfiguration = (
  directory: string,
  addresses: readonly string[],
  port: number,
  zones: readonly (readonly [string, string])[],
): string =>
  [
    "server:",
    ...addresses.map((address) => `  ip-address: ${address}@${port}`),
    `  port: ${port}`,
    `  zonesdir: "${directory}"`,
    `  pidfile: "${directory}/nsd.pid"`,
    `  xfrdfile: "${directory}/xfrd.state"`,
    `  xfrdir: "${directory}"`,
    `  zonelistfile: "${directory}/zone.list"`,
    '  username: ""',
    '  database: ""',
    "  server-count: 1",
    "  rrl-ratelimit: 0",
    "  do-ip6: no",
    "  hide-version: yes",
    "remote-control:",
    "  control-enable: yes",
    `  control-interface: "${directory}/control"`,
    ...zones.flatMap(([origin, file]) => ["zone:", `  name: "${origin}"`, `  zonefile: "${file}"`]),
    "",
  ].join("\n");
