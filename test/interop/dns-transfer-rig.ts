import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildZone,
  diffZones,
  parseZoneFile,
  tsigKeyFromText,
  zoneOfOrigin,
  zoneSet,
  type TsigAlgorithm,
  type TsigKey,
  type Zone,
  type ZoneDelta,
} from "chancery/dns";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";
import { startDnsServer, type DnsServer } from "../../server/src/engine/dns-server/server.ts";
import { startNotifier, type Notifier } from "../../server/src/engine/dns-transfer/notifier.ts";
import type { NotifyEvent } from "../../server/src/engine/dns-transfer/notify-target.ts";
import { createTransferResponder } from "../../server/src/engine/dns-transfer/respond.ts";
import type { Secondary } from "../../server/src/engine/dns-transfer/secondary.ts";
import type { TransferEvent } from "../../server/src/engine/dns-transfer/transfer-events.ts";
import { type Peer, run, startPeer, temporaryDirectory, whenReady } from "../rig/peer.ts";

export const secretOf = (octet: number): string => Buffer.alloc(32, octet).toString("base64");
export function keyOf(name: string, octet: number, algorithm: TsigAlgorithm = "hmac-sha256"): TsigKey {
  const key = tsigKeyFromText({ name, algorithm, secret: secretOf(octet) });
  if (!key.ok) throw new Error(key.problem);
  return key.value;
}

/** A zone of these lines, under a SOA of that serial. */
export function zoneOf(origin: string, serial: number, lines: string): Zone {
  const records = parseZoneFile(`@ 60 SOA ns1 hostmaster ${serial} 7200 900 1209600 300\n@ 60 NS ns1\n${lines}`, {
    origin,
  });
  if (!records.ok) throw new Error(records.problem);
  const zone = buildZone(origin, records.value);
  if (!zone.ok) throw new Error(zone.problem);
  return zone.value;
}

/** A primary that serves zones from memory and remembers how they changed. */
export type Primary = {
  host: string;
  port: number;
  transfers: TransferEvent[];
  notifies: NotifyEvent[];
  /** Serves that version, and tells the secondaries. `forgetful`: does not know any more how it came about. */
  publish(zone: Zone, history?: "forgetful"): void;
  /** Whether the connection ends after the first message of each transfer. */
  breaksOff: boolean;
  close(): Promise<void>;
};

export async function startPrimary(options: {
  host: string;
  keys: readonly TsigKey[];
  secondaries: readonly Secondary[];
  zones: readonly Zone[];
}): Promise<Primary> {
  const { host, keys, secondaries } = options;
  const zones = new Map(options.zones.map((zone) => [zone.origin, zone]));
  const deltas = new Map<string, ZoneDelta[]>();
  const history = (origin: string): readonly ZoneDelta[] => deltas.get(origin) ?? [];
  let served = { zones: zoneSet(zones.values()), history };
  const now = (): number => Date.now() / 1000;
  const transfers: TransferEvent[] = [];
  const notifies: NotifyEvent[] = [];
  const responder = createTransferResponder({
    served: () => served,
    keys,
    secondaries,
    now,
    onEvent: (event) => transfers.push(event),
  });
  const respond = createResponder({ served: () => served, transfers: responder });
  const server: DnsServer = await startDnsServer({
    listen: [{ host, port: 0 }],
    answer: (query, via) => {
      const reply = respond(query, via);
      return primary.breaksOff && reply && !(reply instanceof Uint8Array)
        ? firstOf(reply as Iterable<Uint8Array>)
        : reply;
    },
    onError: () => {},
  });
  const notifier: Notifier = startNotifier({
    served: () => served,
    to: secondaries.flatMap(({ name, addresses, keys: [key] }) =>
      addresses.map((address) => ({ secondary: name, address: address.host, port: address.port, key })),
    ),
    from: host,
    now,
    onEvent: (event) => notifies.push(event),
  });
  const primary: Primary = {
    host,
    port: server.port,
    transfers,
    notifies,
    breaksOff: false,
    publish: (zone, how) => {
      const before = zoneOfOrigin(served.zones, zone.origin);
      if (before && before !== "not-ready")
        deltas.set(zone.origin, how === "forgetful" ? [] : [...history(zone.origin), diffZones(before, zone)]);
      zones.set(zone.origin, zone);
      served = { zones: zoneSet(zones.values()), history };
      notifier.tell([zone.origin]);
    },
    close: async () => {
      await notifier.close();
      await server.close();
    },
  };
  return primary;
}

/** What a primary sends that dies after the first message. */
function* firstOf(messages: Iterable<Uint8Array>): Iterable<Uint8Array> {
  for (const message of messages) {
    yield message;
    break;
  }
  throw new Error("broken off on purpose");
}

export type SecondaryMake = "nsd" | "knot" | "bind";
type Setting = {
  directory: string;
  host: string;
  port: number;
  primary: { host: string; port: number };
  key: TsigKey;
  secret: string;
  zones: readonly string[];
};
const programs: Record<
  SecondaryMake,
  { command: string; args: readonly string[]; configuration: (setting: Setting) => string }
> = {
  nsd: {
    command: "nsd",
    args: ["-d", "-c"],
    configuration: ({ directory, host, port, primary, key, secret, zones }) => `server:
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
  xfrd-reload-timeout: 0
  verbosity: 2
remote-control:
  control-enable: no
key:
  name: "${key.name}"
  algorithm: ${key.algorithm}
  secret: "${secret}"
${zones
  .map(
    (zone) => `zone:
  name: "${zone}"
  zonefile: "${zone}.zone"
  request-xfr: ${primary.host}@${primary.port} ${key.name}
  allow-notify: ${primary.host} ${key.name}
  outgoing-interface: ${host}
  provide-xfr: 127.0.0.0/8 ${key.name}
  provide-xfr: 127.0.0.0/8 NOKEY
`,
  )
  .join("")}`,
  },
  knot: {
    command: "knotd",
    args: ["-c"],
    configuration: ({ directory, host, port, primary, key, secret, zones }) => `server:
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
key:
  - id: ${key.name}
    algorithm: ${key.algorithm}
    secret: ${secret}
remote:
  - id: primary
    address: ${primary.host}@${primary.port}
    via: ${host}
    key: ${key.name}
acl:
  - id: from-primary
    address: ${primary.host}
    key: ${key.name}
    action: notify
  - id: compare
    address: 127.0.0.0/8
    action: transfer
  - id: compare-signed
    address: 127.0.0.0/8
    key: ${key.name}
    action: transfer
template:
  - id: default
    storage: "${directory}"
zone:
${zones.map((zone) => `  - domain: ${zone}\n    master: primary\n    acl: [from-primary, compare, compare-signed]\n`).join("")}`,
  },
  bind: {
    command: "named",
    args: ["-g", "-n", "1", "-c"],
    configuration: ({ directory, host, port, primary, key, secret, zones }) => `options {
  directory "${directory}";
  pid-file "${directory}/named.pid";
  session-keyfile "${directory}/session.key";
  listen-on port ${port} { ${host}; };
  listen-on-v6 { none; };
  query-source address ${host};
  transfer-source ${host};
  recursion no;
  dnssec-validation no;
  notify no;
  allow-transfer { 127.0.0.0/8; };
};
controls { };
key "${key.name}" { algorithm ${key.algorithm}; secret "${secret}"; };
${zones
  .map(
    (zone) => `zone "${zone}" {
  type secondary;
  file "${zone}.db";
  masterfile-format text;
  primaries { ${primary.host} port ${primary.port} key "${key.name}"; };
  allow-notify { key "${key.name}"; };
};
`,
  )
  .join("")}`,
  },
};

export type RunningSecondary = { make: SecondaryMake; host: string; port: number; peer: Peer; stop(): Promise<void> };

/** Starts a real secondary of a primary. It answers when this resolves, and has perhaps no zone yet. */
export async function startSecondary(
  make: SecondaryMake,
  setting: Omit<Setting, "directory">,
): Promise<RunningSecondary> {
  const folder = temporaryDirectory(make);
  mkdirSync(folder.path, { recursive: true });
  const file = join(folder.path, "server.conf");
  const { command, args, configuration } = programs[make];
  writeFileSync(file, configuration({ ...setting, directory: folder.path }));
  const peer = startPeer(command, [...args, file]);
  const { host, port } = setting;
  const stop = async (): Promise<void> => {
    await peer.stop();
    folder.remove();
  };
  try {
    await whenReady(make, peer, async () => (await dig({ host, port }, "nothing.example", "SOA")).includes("status:"));
  } catch (error) {
    await stop();
    throw error;
  }
  return { make, host, port, peer, stop };
}

/** What dig prints, comments and all. */
export async function dig(server: { host: string; port: number }, ...words: string[]): Promise<string> {
  const { stdout } = await run("dig", [`@${server.host}`, "-p", String(server.port), "+tries=1", "+time=3", ...words]);
  return stdout.replaceAll(/[\t ]+/g, " ");
}

/** The records that a server gives out in a transfer, sorted, the closing SOA left out; empty when there is none. */
export async function transferred(
  server: { host: string; port: number },
  origin: string,
  ...words: string[]
): Promise<string[]> {
  const output = await dig(server, ...words, "+noall", "+answer", "+onesoa", origin, "AXFR");
  return output
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(";") && !line.includes(" TSIG "))
    .sort();
}

/** The serial that a server answers with; undefined when it has no such zone. */
export async function serialAt(server: { host: string; port: number }, origin: string): Promise<number | undefined> {
  const serial = / SOA \S+ \S+ (\d+) /.exec(await dig(server, "+noall", "+answer", origin, "SOA"))?.[1];
  return serial === undefined ? undefined : Number(serial);
}
