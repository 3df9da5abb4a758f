import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rdataText, typeName, zoneRecords, type Zone } from "chancery/dns";
import { run } from "../rig/peer.ts";
import { dig, keyOf, type Primary, secretOf, startPrimary, transferred, zoneOf } from "./dns-transfer-rig.ts";

const origin = "dkim.example.com";
const host = "127.54.18.21";
const keys = [
  keyOf("sha256.example", 1),
  keyOf("sha384.example", 2, "hmac-sha384"),
  keyOf("sha512.example", 3, "hmac-sha512"),
  keyOf("elsewhere.example", 4),
] as const;
const y = (name: string, octet: number, algorithm = "hmac-sha256"): string[] => [
  "-y",
  `${algorithm}:${name}:${secretOf(octet)}`,
];

const large = "large.example.com";
const recordCount = 100_000;
const keyLine = (index: number): string =>
  `s${index % 2}._domainkey.c${index >> 1} 300 TXT "v=DKIM1; k=ed25519; p=${Buffer.from(String(index).padStart(32, "0")).toString("base64")}"\n`;
const linesOf = (count: number): string => Array.from({ length: count }, (_, index) => keyLine(index)).join("");
const largeZone = zoneOf(large, 7, linesOf(recordCount));

const smallCount = 2000;
const extra = (name: string, last: number): string => `${name} 60 A 192.0.2.${last}\n`;
const versions = [
  [extra("old", 99)],
  [extra("old", 99), extra("n2", 2)],
  [extra("old", 99), extra("n3", 3)],
  [extra("n3", 3), extra("n4", 4)],
].map((lines, index) => zoneOf(origin, index + 1, linesOf(smallCount) + lines.join("")));

let primary: Primary;
beforeAll(async () => {
  const secondaries = [
    {
      name: "here",
      addresses: [
        { host: "127.0.0.1", port: 9 },
        { host, port: 9 },
      ],
      keys: keys.slice(0, 3),
    },
    { name: "elsewhere", addresses: [{ host: "192.0.2.1", port: 9 }], keys: keys.slice(3) },
  ];
  primary = await startPrimary({ host, keys, secondaries, zones: [versions[0]!, largeZone] });
  for (const zone of versions.slice(1)) primary.publish(zone);
});
afterAll(() => primary?.close());

const show = (zone: Zone): string[] =>
  [...zoneRecords(zone)]
    .map(({ name, ttl, type, data }) => `${name}. ${ttl} IN ${typeName(type)} ${rdataText(type, data)}`)
    .sort();

/** A few of the lines that one has and the other has not; a whole difference of that many lines would take minutes. */
function difference(one: readonly string[], other: readonly string[]): string[] {
  const [ones, others] = [new Set(one), new Set(other)];
  const only = [...one.filter((line) => !others.has(line)), ...other.filter((line) => !ones.has(line))];
  return only.length === 0 && one.length !== other.length
    ? [`${one.length} and ${other.length} lines`]
    : only.slice(0, 4);
}

const asked: [string, string[], RegExp][] = [
  ["DNS-D-15 the right key", y("sha256.example", 1), /status: NOERROR[^]* hmac-sha256\. [^\n]* NOERROR 0/],
  [
    "DNS-D-15 a key name in other letters",
    y("SHA256.Example", 1),
    /status: NOERROR[^]* hmac-sha256\. [^\n]* NOERROR 0/,
  ],
  ["DNS-D-15 hmac-sha384", y("sha384.example", 2, "hmac-sha384"), /status: NOERROR[^]* hmac-sha384\. [^\n]* NOERROR 0/],
  ["DNS-D-15 hmac-sha512", y("sha512.example", 3, "hmac-sha512"), /status: NOERROR[^]* hmac-sha512\. [^\n]* NOERROR 0/],
  ["DNS-D-16 a wrong secret", y("sha256.example", 9), /status: NOTAUTH[^]* BADSIG 0/],
  ["DNS-D-16 an unknown key", y("nobody.example", 1), /status: NOTAUTH[^]* BADKEY 0/],
  ["DNS-D-15 HMAC-MD5", y("sha256.example", 1, "hmac-md5"), /status: NOTAUTH[^]* BADKEY 0/],
  ["DNS-D-15 HMAC-SHA1", y("sha256.example", 1, "hmac-sha1"), /status: NOTAUTH[^]* BADKEY 0/],
];
describe("dig asks for the SOA with", () => {
  test.each(asked)("%s", async (_, words, expected) => {
    const output = await dig(primary, ...words, "+norecurse", origin, "SOA");
    expect(output).toMatch(expected);
    expect(/Couldn't verify|not signed/.test(output)).toBe(!output.includes("NOERROR 0"));
  });
});

describe("a zone", () => {
  test("DNS-D-06 DNS-D-18 of 100,000 records comes whole to dig, which checks every signature", async () => {
    expect(difference(await transferred(primary, large, ...y("sha256.example", 1)), show(largeZone))).toEqual([]);
  });

  test("DNS-D-06 DNS-D-18 comes whole to kdig", async () => {
    const words = [`@${host}`, "-p", String(primary.port), ...y("sha512.example", 3, "hmac-sha512")];
    const { stdout } = await run("kdig", [...words, "+noall", "+answer", "+noidn", origin, "AXFR"]);
    const records = stdout
      .replaceAll(/[\t ]+/g, " ")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith(";"));
    expect(records[0]).toBe(records.at(-1));
    expect(difference(records.slice(1), show(versions[3]!))).toEqual([]);
  });

  const soa = (serial: number): string =>
    `SOA ns1.dkim.example.com. hostmaster.dkim.example.com. ${serial} 7200 900 1209600 300`;
  const changes = async (serial: number, ...words: string[]): Promise<string[]> => {
    const output = await dig(
      primary,
      ...y("sha256.example", 1),
      ...words,
      "+noall",
      "+answer",
      origin,
      `IXFR=${serial}`,
    );
    return output
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith(";"))
      .map((line) => line.replace(/^(\S+) \d+ IN /, (_, name: string) => (name === `${origin}.` ? "" : `${name} `)));
  };
  const sequence = [
    [soa(4)],
    [soa(1), soa(2), "n2.dkim.example.com. A 192.0.2.2"],
    [soa(2), "n2.dkim.example.com. A 192.0.2.2", soa(3), "n3.dkim.example.com. A 192.0.2.3"],
    [soa(3), "old.dkim.example.com. A 192.0.2.99", soa(4), "n4.dkim.example.com. A 192.0.2.4"],
    [soa(4)],
  ].flat();
  test.each<[string, number, string[], string[]]>([
    ["DNS-D-13 three changes over TCP", 1, [], sequence],
    ["DNS-D-12 three changes over UDP", 1, ["+notcp"], sequence],
    ["DNS-D-12 nothing new over TCP", 4, [], [soa(4)]],
    ["DNS-D-12 nothing new over UDP", 4, ["+notcp"], [soa(4)]],
    ["DNS-D-12 an unknown serial over UDP", 0, ["+notcp"], [soa(4)]],
  ])("comes as %s", async (_, serial, words, expected) => {
    expect(await changes(serial, ...words)).toEqual(expected);
  });

  test("DNS-D-12 all of a zone comes to who has an unknown serial", async () => {
    expect(await changes(0)).toHaveLength(smallCount + 5);
  });

  test.each([
    ["DNS-D-10 without a key", []],
    ["DNS-D-11 with a key of another address", y("elsewhere.example", 4)],
    ["DNS-D-11 from another address", [...y("sha256.example", 1), "-b", "127.54.18.99"]],
    ["DNS-D-16 with a wrong secret", y("sha256.example", 9)],
  ])("comes to nobody %s", async (_, words) => {
    for (const type of ["AXFR", "IXFR=1"])
      expect(await dig(primary, ...words, origin, type)).toContain("Transfer failed");
  });
});

/** Prints what dnspython makes of it; an exception by its name. */
const python = async (code: string): Promise<string> => {
  const preamble = `
import base64, dns.message, dns.name, dns.query, dns.rcode, dns.tsig, dns.tsigkeyring, dns.xfr, dns.zone
ring = dns.tsigkeyring.from_text({"sha256.example.": "${secretOf(1)}"})
where, port, origin = "${host}", ${primary.port}, "${origin}"
def query(type, **fields):
    message = dns.message.make_query(origin, type, **fields)
    message.use_tsig(ring)
    return message
class Clock:
    def __init__(self, away): self.away = away
    def time(self): return int(__import__("time").time()) + self.away
`;
  const { stdout, stderr, status } = await run("/usr/bin/python3", ["-c", preamble + code]);
  if (status !== 0) throw new Error(`dnspython is needed for this (apt install python3-dnspython): ${stderr}`);
  return stdout.trim();
};

describe("dnspython", () => {
  test("DNS-D-18 checks the chain of signatures over a whole transfer", async () => {
    const code = `
zone = dns.zone.Zone(origin)
dns.query.inbound_xfr(where, zone, query("AXFR"), port=port, timeout=20)
print(len([0 for _ in zone.iterate_rdatas()]))`;
    expect(await python(code)).toBe(String(smallCount + 4));
  });

  test.each([-1000, 1000])("DNS-D-16 believes us that its clock is %i s off", async (away) => {
    const code = `
dns.message.time = Clock(${away})
message = query("SOA")
wire = message.to_wire()
try:
    dns.query.udp(message, where, port=port, timeout=3)
except dns.tsig.PeerBadTime as error:
    print("PeerBadTime")`;
    expect(await python(code)).toBe("PeerBadTime");
  });

  test("DNS-D-05 gets no transfer over UDP", async () => {
    const code = `
answer = dns.query.udp(query("AXFR"), where, port=port, timeout=3)
print(dns.rcode.to_text(answer.rcode()), len(answer.answer))`;
    expect(await python(code)).toBe("FORMERR 0");
  });
});
