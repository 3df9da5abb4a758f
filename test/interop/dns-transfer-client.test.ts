import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import {
  buildZone,
  changeZone,
  formatZoneFile,
  parseZoneFile,
  tsigKeyFromText,
  zoneRecords,
  type TsigKey,
  type Zone,
} from "chancery/dns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchZone, type Fetched } from "../../server/src/engine/dns-transfer-client/fetch-zone.ts";
import { dig } from "../rig/dig.ts";
import { eventually, freePort, type Peer, startPeer, temporaryDirectory, whenReady } from "../rig/peer.ts";

const host = "127.0.0.1";
const origin = "example.com";
const keys = { "hmac-sha256": 32, "hmac-sha384": 48, "hmac-sha512": 64 } as const;
const secrets = Object.entries(keys).map(([algorithm, octets]) => ({
  name: `key-${algorithm.slice(5)}`,
  algorithm,
  secret: randomBytes(octets).toString("base64"),
}));
const keyOf = (text: (typeof secrets)[number]): TsigKey => {
  const key = tsigKeyFromText(text);
  return key.ok ? key.value : expect.fail(key.problem);
};

/** Enough for several messages, and things that a reader could stumble over. */
const bulk = Array.from({ length: 1500 }, (_, at) => `s${at} TXT "${"x".repeat(at % 200)}"`).join("\n");
const zoneText = (serial: number, others: string): string => `$TTL 300
@ SOA ns1.example.net. hostmaster.example.net. ${serial} 3600 600 1209600 300
@ NS ns1.example.net.
sub NS ns.sub
ns.sub A 192.0.2.1
unknown TYPE65280 \\# 4 0a000001
*.wild MX 10 mail.example.net.
${bulk}
${others}
`;
const zoneOf = (text: string): Zone => {
  const records = parseZoneFile(text, { origin });
  const zone = buildZone(origin, records.ok ? records.value : expect.fail(records.problem));
  return zone.ok ? zone.value : expect.fail(zone.problem);
};
const linesOf = (zone: Zone): string[] =>
  formatZoneFile(origin, [...zoneRecords(zone)])
    .split("\n")
    .sort();

type Primary = {
  command: string;
  args: (folder: string) => string[];
  configuration: (folder: string, port: number) => string;
};

const each = (make: (key: (typeof secrets)[number]) => string): string => secrets.map(make).join("\n");

/** Real primaries. All take up a new zone file at SIGHUP, and keep the difference. */
const primaries: Record<string, Primary> = {
  Knot: {
    command: "knotd",
    args: (folder) => ["-c", join(folder, "server.conf")],
    configuration: (folder, port) => `server:
  rundir: "${folder}"
  listen: ${host}@${port}
database:
  storage: "${folder}"
log:
  - target: stderr
    any: warning
key:
${each(({ name, algorithm, secret }) => `  - id: ${name}\n    algorithm: ${algorithm}\n    secret: "${secret}"`)}
acl:
  - id: transfer
    key: [${secrets.map(({ name }) => name).join(", ")}]
    action: transfer
zone:
  - domain: ${origin}.
    file: "${folder}/zone"
    zonefile-load: difference
    zonefile-sync: -1
    acl: transfer
`,
  },
  BIND: {
    command: "named",
    args: (folder) => ["-g", "-n", "1", "-c", join(folder, "server.conf")],
    configuration: (folder, port) => `options {
  directory "${folder}";
  pid-file "${folder}/pid";
  session-keyfile "${folder}/session";
  listen-on port ${port} { ${host}; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
};
controls { };
${each(({ name, algorithm, secret }) => `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`)}
zone "${origin}" {
  type primary;
  file "${folder}/zone";
  ixfr-from-differences yes;
  allow-transfer { ${secrets.map(({ name }) => `key ${name};`).join(" ")} };
};
`,
  },
  NSD: {
    command: "nsd",
    args: (folder) => ["-d", "-c", join(folder, "server.conf")],
    configuration: (folder, port) => `server:
  ip-address: ${host}@${port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/pid"
  zonelistfile: "${folder}/list"
  xfrdfile: "${folder}/xfrd"
remote-control:
  control-enable: no
${each(({ name, algorithm, secret }) => `key:\n  name: "${name}"\n  algorithm: ${algorithm}\n  secret: "${secret}"`)}
zone:
  name: "${origin}"
  zonefile: "${folder}/zone"
  store-ixfr: yes
  create-ixfr: yes
${each(({ name }) => `  provide-xfr: ${host} ${name}`)}
`,
  },
};

describe.each(Object.entries(primaries))("from %s", (name, { command, args, configuration }) => {
  const folder = temporaryDirectory("primary");
  const first = zoneText(1, 'a TXT "one"\nb TXT "goes"');
  let port: number;
  let peer: Peer;
  beforeAll(async () => {
    port = await freePort(host);
    writeFileSync(join(folder.path, "zone"), first);
    writeFileSync(join(folder.path, "server.conf"), configuration(folder.path, port));
    peer = startPeer(command, args(folder.path));
    await whenReady(name, peer, async () => (await dig({ host, port }, origin, "SOA")).authoritative);
  });
  afterAll(async () => {
    await peer?.stop();
    folder.remove();
  });

  const now = (): number => Math.floor(Date.now() / 1000);
  const fetched = (key?: TsigKey, have?: number): Promise<Fetched> =>
    fetchZone({ address: host, port, key }, origin, { now, have });

  test.each(secrets)("DNS-D-06 DNS-D-18 a whole zone is fetched, signed with $algorithm", async (secret) => {
    const answer = await fetched(keyOf(secret));
    const { transferred } = answer.result === "transferred" ? answer : expect.fail(answer.problem);
    const records = transferred.kind === "whole" ? transferred.records : expect.fail(transferred.kind);
    const zone = buildZone(origin, records);
    expect(linesOf(zone.ok ? zone.value : expect.fail(zone.problem))).toEqual(linesOf(zoneOf(first)));
  });

  test("DNS-D-12 DNS-D-13 changes are fetched and lead to the same zone; after them there is nothing newer", async () => {
    const second = zoneText(2, 'a TXT "two"\nc A 192.0.2.3');
    writeFileSync(join(folder.path, "zone"), second);
    process.kill(peer.pid, "SIGHUP");
    await eventually(
      async () => (await dig({ host, port }, `a.${origin}`, "TXT")).answers[0] === '"two"' || undefined,
      { seconds: 20, otherwise: () => `${name} does not take the new file:\n${peer.output()}` },
    );
    const answer = await fetched(keyOf(secrets[0]!), 1);
    const { transferred } = answer.result === "transferred" ? answer : expect.fail(answer.problem);
    const deltas = transferred.kind === "changes" ? transferred.deltas : expect.fail(transferred.kind);
    let zone = zoneOf(first);
    for (const delta of deltas) {
      const changed = changeZone(zone, delta);
      zone = changed.ok ? changed.value : expect.fail(changed.problem);
    }
    expect(linesOf(zone)).toEqual(linesOf(zoneOf(second)));
    const again = await fetched(keyOf(secrets[0]!), 2);
    expect(again).toEqual({ result: "transferred", transferred: { kind: "current", serial: 2 } });
  });

  test("DNS-D-16 without a key, and with another secret, nothing is fetched", async () => {
    expect(await fetched()).toMatchObject({ result: "failed", failure: "refused" });
    const wrong = keyOf({ ...secrets[0]!, secret: randomBytes(32).toString("base64") });
    expect(await fetched(wrong)).toMatchObject({ result: "failed", failure: "untrusted" });
  });
});
