import { answer, buildZone, parseZoneFile, zoneSet } from "chancery/dns";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDnsServer, type DnsServer } from "../../server/src/engine/dns-server/server.ts";

const run = promisify(execFile);
const host = "127.54.17.55";
const key4096 = `"v=DKIM1; k=rsa; p=" ${`"${"A".repeat(240)}" `.repeat(6)}`;
const text = `$TTL 300
@ SOA ns1 hostmaster 2026112101 7200 3600 1209600 300
@ NS ns1.example.net.
s1._domainkey TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
big._domainkey TXT ${key4096}
unknown TYPE65280 \\# 3 010203
alias CNAME s1._domainkey
sub NS ns.sub
ns.sub A 192.0.2.1
`;

let server: DnsServer;
beforeAll(async () => {
  const records = parseZoneFile(text, { origin: "example.com" });
  const zone = buildZone("example.com", records.ok ? records.value : expect.fail(records.problem));
  const zones = zoneSet([zone.ok ? zone.value : expect.fail(zone.problem)]);
  const nsid = new TextEncoder().encode("test-node");
  server = await startDnsServer({
    listen: [{ host, port: 0 }],
    answer: (query, { transport }) => answer(zones, query, transport, { nsid }),
  });
});
afterAll(() => server?.close());

async function dig(...words: string[]): Promise<string> {
  const options = ["+tries=1", "+time=3", "+norecurse", "+nocmd", "+nostats"];
  const { stdout } = await run("dig", [`@${host}`, "-p", String(server.port), ...options, ...words]).catch(
    (error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") {
        throw new Error("dig is needed for this: apt install bind9-dnsutils");
      }
      throw error;
    },
  );
  expect(stdout).not.toContain("WARNING");
  return stdout.replaceAll(/[\t ]+/g, " ");
}

/** DNS-C-26: the questions of the EDNS compliance tests (RFC 8906 §8), and what has to come back. */
const cases: [string, string[], (string | RegExp)[]][] = [
  ["plain DNS", ["example.com", "SOA", "+noedns"], ["status: NOERROR", "flags: qr aa;", "ADDITIONAL: 0"]],
  [
    "plain DNS with AD, CD and Z set",
    ["example.com", "SOA", "+noedns", "+ad", "+cd", "+zflag"],
    ["status: NOERROR", "flags: qr aa;"],
  ],
  ["EDNS", ["example.com", "SOA", "+edns=0", "+nocookie"], ["status: NOERROR", "EDNS: version: 0, flags:; udp: 1232"]],
  [
    "an unknown option",
    ["example.com", "SOA", "+edns=0", "+nocookie", "+ednsopt=100"],
    ["status: NOERROR", /flags:; udp: 1232\n;; QUESTION/],
  ],
  [
    "unknown flags",
    ["example.com", "SOA", "+edns=0", "+nocookie", "+ednsflags=0x40"],
    ["status: NOERROR", "flags:; udp: 1232"],
  ],
  ["DO", ["example.com", "SOA", "+edns=0", "+dnssec"], ["status: NOERROR", "flags: do; udp: 1232"]],
  [
    "EDNS version 1",
    ["example.com", "SOA", "+edns=1", "+noednsnegotiation", "+nocookie"],
    ["status: BADVERS", "ANSWER: 0", "EDNS: version: 0"],
  ],
  [
    "EDNS version 100 with an unknown option",
    ["example.com", "SOA", "+edns=100", "+noednsnegotiation", "+nocookie", "+ednsopt=100"],
    ["status: BADVERS", "ANSWER: 0"],
  ],
  [
    "an unknown opcode",
    ["+noedns", "+opcode=15", "+header-only", "example.com", "SOA"],
    ["status: NOTIMP", "opcode: RESERVED15", "QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0"],
  ],
  [
    "an unknown type",
    ["unknown.example.com", "TYPE65280", "+nocookie"],
    ["status: NOERROR", String.raw`unknown.example.com. 300 IN TYPE65280 \# 3 010203`],
  ],
  ["an unknown type that is not there", ["example.com", "TYPE1000"], ["status: NOERROR", "ANSWER: 0, AUTHORITY: 1"]],
  [
    "TCP",
    ["example.com", "SOA", "+tcp"],
    ["status: NOERROR", "ns1.example.com. hostmaster.example.com. 2026112101 7200 3600 1209600 300"],
  ],
  ["a key over UDP", ["s1._domainkey.example.com", "TXT"], ["11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]],
  [
    "a large key over UDP, left alone",
    ["big._domainkey.example.com", "TXT", "+ignore"],
    ["flags: qr aa tc;", "ANSWER: 0"],
  ],
  [
    "a large key, asked again over TCP",
    ["big._domainkey.example.com", "TXT"],
    ["flags: qr aa;", "ANSWER: 1", "A".repeat(240)],
  ],
  ["an alias", ["alias.example.com", "TXT"], ["ANSWER: 2", "CNAME s1._domainkey.example.com."]],
  [
    "a name below a delegation",
    ["x.sub.example.com", "A"],
    ["flags: qr;", "sub.example.com. 300 IN NS ns.sub.example.com.", "ns.sub.example.com. 300 IN A 192.0.2.1"],
  ],
  ["a name that is not there", ["nosuch.example.com", "A"], ["status: NXDOMAIN", "example.com. 300 IN SOA"]],
  ["another's name", ["example.org", "A"], ["status: REFUSED", "EDE: 20 (Not Authoritative)"]],
  ["the server's name", ["example.com", "SOA", "+nsid"], [`("test-node")`]],
  ["keepalive over TCP", ["example.com", "SOA", "+tcp", "+keepalive"], ["TCP KEEPALIVE: 5.0 secs"]],
  ["mixed letters", ["ExAmPlE.cOm", "SOA"], [/^;ExAmPlE\.cOm\. IN SOA$/m]],
  ["a transfer", ["example.com", "AXFR"], ["Transfer failed"]],
  ["ANY", ["example.com", "ANY", "+notcp"], ["ANSWER: 1"]],
  ["chaos", ["version.bind", "CH", "TXT"], ["status: REFUSED"]],
];

describe("dig gets what it should, and no reason to warn, for", () => {
  test.each(cases)("DNS-C-26 %s", async (_, words, expected) => {
    const output = await dig(...words);
    for (const part of expected) {
      if (typeof part === "string") expect(output).toContain(part);
      else expect(output).toMatch(part);
    }
  });
});
