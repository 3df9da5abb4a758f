import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { NameServer } from "@chancery/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { dig } from "../rig/dig.ts";
import { eventually, freePort, type Peer, run, startPeer } from "../rig/peer.ts";
import { nsdControl, type RunningSecondary, type SecondaryMake, startSecondary } from "../rig/secondaries.ts";

const secondsMax = 40;
const alarmSeconds = 3;
const catalog = "catalog.dkim.esp.example";
const makes: readonly SecondaryMake[] = ["knot", "bind", "nsd"];
/** BIND listens only where an interface has the address. */
const hosts: Record<SecondaryMake, string> = { knot: "127.54.18.2", bind: "127.0.0.1", nsd: "127.54.18.3" };
const command = join(import.meta.dirname, "..", "..", "chancery");

let chancery: Chancery;
let follower: Peer | undefined;
const secondaries: RunningSecondary[] = [];
const at = (make: SecondaryMake): RunningSecondary => secondaries.find(({ name }) => name === make)!;

const zoneText = (serial: number, text: string): string => `$TTL 300
@ SOA ns1.example.net. hostmaster.example.net. ${serial} 3600 600 1209600 300
@ NS ns1.example.net.
@ NS ns2.example.net.
s1._domainkey TXT "${text}"
unknown TYPE65280 \\# 4 0a000001
`;

beforeAll(async () => {
  const ports = await Promise.all(makes.map((make) => freePort(hosts[make])));
  const places = makes.map((make, index) => ({ make, host: hosts[make], port: ports[index]! }));
  chancery = await newChancery(undefined, {
    "dns.zone": "dkim.esp.example",
    "dns.nameservers": JSON.stringify([{ name: "ns1.esp.example", addresses: ["192.0.2.1"] }]),
    "dns.tsig_keys": JSON.stringify(
      makes.map((make) => ({ name: `${make}-key`, secret: randomBytes(32).toString("base64") })),
    ),
    "dns.lag_alarm": String(alarmSeconds),
    "dns.secondaries": JSON.stringify(
      places.map(({ make, host, port }) => ({ name: make, addresses: [`${host}:${port}`], keys: [`${make}-key`] })),
    ),
  });
  await chancery.start();
  const started = places.map(({ make, ...place }) =>
    startSecondary(make, place, async (folder) => {
      const words = ["recipe", make, "--secondary", make, "--with-secret", "--into", folder];
      const { status, stderr } = await chancery.cli("nameserver", ...words);
      if (status !== 0) throw new Error(stderr);
    }).then((one) => secondaries.push(one)),
  );
  await Promise.all(started);
  follower = startFollower();
}, 120_000);
afterAll(async () => {
  await follower?.stop();
  await Promise.all([chancery?.remove(), ...secondaries.map((secondary) => secondary.stop())]);
});

const followerWords = (): string[] => {
  const { directory } = at("nsd");
  const paths = ["--state", join(directory, "follower"), "--zone-files", join(directory, "chancery")];
  return [join(directory, "recipe", "follower.yaml"), ...paths, "--nsd-config", join(directory, "server.conf")];
};
const startFollower = (): Peer =>
  startPeer(command, ["nameserver", "follow-catalog", ...followerWords()], { env: chancery.environment });

/** Serves a zone text by the real API. Files are written where the commands are run. */
async function importZone(origin: string, text: string): Promise<void> {
  const file = join(chancery.data, `${origin}.zone`);
  writeFileSync(file, text);
  await chancery.json(["zone", "import", file, "--origin", origin]);
}

/** Waits until a secondary answers so, and says after how many seconds. */
async function whenAnswers(make: SecondaryMake, name: string, type: string, wanted: string): Promise<number> {
  const from = performance.now();
  let last = "";
  await eventually(
    async () => {
      const { rcode, answers } = await dig(at(make), name, type);
      last = answers[0] ?? rcode;
      return last === wanted || undefined;
    },
    {
      seconds: secondsMax,
      everySeconds: 0.1,
      otherwise: () =>
        `${make} answers ${name} ${type} with ${last}\n${at(make).output().slice(-3000)}\n${follower?.output() ?? ""}\n${chancery.output().slice(-6000)}`,
    },
  );
  return (performance.now() - from) / 1000;
}

/** The same of all three, told as figures for a person to read. */
async function whenAllAnswer(what: string, name: string, type: string, wanted: string): Promise<void> {
  const seconds = await Promise.all(makes.map((make) => whenAnswers(make, name, type, wanted)));
  const figures = makes.map((make, index) => `${make} ${seconds[index]!.toFixed(1)} s`);
  process.stderr.write(`${what}: ${figures.join(", ")}\n`);
}

type Line = Record<string, unknown>;

/** The first line of the name server's log, from an offset on, that is so. */
const whenLogged = (from: number, wanted: (line: Line) => boolean): Promise<Line> =>
  eventually(
    () =>
      chancery
        .output()
        .slice(from)
        .split("\n")
        .flatMap((line) => (line.startsWith("{") && line.endsWith("}") ? [JSON.parse(line) as Line] : []))
        .find(wanted),
    { seconds: secondsMax, otherwise: () => `not logged:\n${chancery.output().slice(from)}` },
  );

const key = "s1._domainkey.customer.example";

describe("Knot, BIND and NSD, configured by their recipes and never again", () => {
  test("DNS-D-21 DNS-D-27 serve a zone that is new", async () => {
    await importZone("customer.example", zoneText(1, "one"));
    await whenAllAnswer("a new zone", key, "TXT", '"one"');
  });

  test("DNS-A-10 have the unknown types of it", async () => {
    for (const make of makes) {
      const { answers } = await dig(at(make), "unknown.customer.example", "TYPE65280");
      expect(answers).toEqual(["\\# 4 0A000001"]);
    }
  });

  test("DNS-F-08 serve a key that changed, told by NOTIFY", async () => {
    await importZone("customer.example", zoneText(2, "two"));
    await whenAllAnswer("a changed key", key, "TXT", '"two"');
    await importZone("customer.example", zoneText(3, "three"));
    await whenAllAnswer("a key changed again", key, "TXT", '"three"');
  });

  test("DNS-D-26 name the public servers alone, neither the primary nor themselves", async () => {
    for (const make of makes) {
      await whenAnswers(make, "dkim.esp.example", "NS", "ns1.esp.example.");
      const { answers } = await dig(at(make), "dkim.esp.example", "SOA");
      expect(answers[0]?.split(" ")[0]).toBe("ns1.esp.example.");
    }
  });

  test("DNS-D-25 keep the catalog to themselves, and so does the primary", async () => {
    for (const server of [chancery.listen.dns, ...secondaries])
      for (const [name, type, via] of [
        [catalog, "SOA", "udp"],
        [`version.${catalog}`, "TXT", "udp"],
        [catalog, "AXFR", "tcp"],
      ] as const) {
        const { answers } = await dig(server, name, type, via);
        expect({ server: `${server.host} ${server.port}`, type, answers }).toMatchObject({ answers: [] });
      }
    const [knot, bind] = [await dig(at("knot"), catalog, "SOA"), await dig(at("bind"), catalog, "SOA")];
    expect([knot.rcode, bind.rcode]).toEqual(["REFUSED", "REFUSED"]);
  });

  test("DNS-F-08 the time until a change is everywhere is measured and logged", async () => {
    const told = await whenLogged(
      0,
      ({ event, origin, serial }) => event === "visible-everywhere" && origin === "customer.example" && serial === 3,
    );
    process.stderr.write(`a changed key, as the name server measured it: ${String(told["seconds"])} s\n`);
  });

  test("DNS-D-30 F-23 one that is blocked is an alarm that names it, until it is there again", async () => {
    const before = chancery.output().length;
    process.kill(at("knot").pid, "SIGSTOP");
    try {
      await importZone("customer.example", zoneText(4, "four"));
      const alarm = await whenLogged(before, ({ event }) => event === "alarm");
      expect(alarm).toMatchObject({ secondary: "knot", address: hosts.knot, level: 50 });
      const states = await eventually(
        async () => {
          const { status, stdout } = await chancery.cli("nameserver", "status", "--json");
          const { copies } = JSON.parse(stdout) as NameServer;
          return status === 1 ? Object.fromEntries(copies.map((copy) => [copy.secondary, copy.state])) : undefined;
        },
        { seconds: secondsMax, otherwise: "nameserver status does not tell of the alarm" },
      );
      expect(states).toEqual({ knot: "alarm", bind: "current", nsd: "current" });
    } finally {
      process.kill(at("knot").pid, "SIGCONT");
    }
    const over = await whenLogged(before, ({ event, secondary }) => event === "alarm-over" && secondary === "knot");
    expect(over).toMatchObject({ state: "current", lagging: 0 });
    await importZone("customer.example", zoneText(5, "three"));
    await whenAllAnswer("a change after it", key, "TXT", '"three"');
  });

  test("DNS-D-22 DNS-D-31 refuse a zone that was removed, and serve it anew when it comes back", async () => {
    await importZone("other.example", zoneText(1, "other"));
    await chancery.json(["zone", "remove", "customer.example"]);
    await whenAllAnswer("a removed zone", key, "TXT", "REFUSED");
    await whenAllAnswer("a zone opened at the same time", "s1._domainkey.other.example", "TXT", '"other"');
    await importZone("customer.example", zoneText(1, "back"));
    await whenAllAnswer("a zone that came back", key, "TXT", '"back"');
  });

  test("what a person took away from NSD is added again, and its own zones are left alone", async () => {
    await nsdControl(at("nsd"), "delzone", "other.example");
    await follower?.stop();
    follower = startFollower();
    await whenAnswers("nsd", "s1._domainkey.other.example", "TXT", '"other"');
    const status = JSON.parse(readFileSync(join(at("nsd").directory, "follower", "status.json"), "utf8")) as object;
    expect(status).toMatchObject({ outcome: "applied" });
  });

  test("§2.4 serve what they have while the primary is away, and the follower changes nothing", async () => {
    await importZone("customer.example", zoneText(1, "three"));
    await whenAllAnswer("a last change", key, "TXT", '"three"');
    const file = join(at("nsd").directory, "chancery", "customer.example.zone");
    await eventually(() => (existsSync(file) && readFileSync(file, "utf8").includes("three")) || undefined, {
      seconds: secondsMax,
      otherwise: "NSD does not write what it fetched",
    });
    await chancery.stop();
    const { status, stderr } = await run(command, ["nameserver", "follow-catalog", ...followerWords(), "--once"]);
    expect({ status, stderr }).toMatchObject({ status: 3, stderr: expect.stringContaining("NSD keeps what it has") });
    await follower?.stop();
    await at("nsd").restart();
    for (const make of makes) await whenAnswers(make, key, "TXT", '"three"');
  });
});
