// Zonemaster over zones as Chancery fills them, plain and signed, on an internet of loopback that has its own root.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildZone, dsDigest, parseZoneFile, readDnskey, zoneSet, type ResourceRecord, type Zone } from "chancery/dns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dnskeyRecords, newKey, signingWith } from "../../protocol/src/dns/dnssec/test-zones.ts";
import { withSigning } from "../../protocol/src/dns/zone/zone.ts";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";
import { startDnsServer, type DnsServer } from "../../server/src/engine/dns-server/server.ts";
import { timingPresets } from "../../server/src/model/rotation/timing-policy.ts";
import { addressesOf, keyRecordAt, nsOf, soaOf } from "../../server/src/model/zone-content.ts";

const at = (last: number): string => `127.53.17.${last}`;
const policy = timingPresets.default;
const signing = signingWith(newKey(13, "keys"), newKey(13, "zone"));
const key = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

const built = (origin: string, records: Iterable<ResourceRecord>): Zone => {
  const zone = buildZone(origin, records);
  return zone.ok ? zone.value : expect.fail(`${origin}: ${zone.problem}`);
};
const written = (origin: string, text: string): Zone => {
  const records = parseZoneFile(text, { origin });
  return built(origin, records.ok ? records.value : expect.fail(`${origin}: ${records.problem}`));
};

/** A service zone below `parent`, and the zone of a customer's branch, with the records that Chancery puts there. */
function zonesBelow(parent: string, customer: string, isSigned: boolean): Zone[] {
  const zone = `dkim.${parent}`;
  const dns = {
    zone,
    nameservers: [11, 12].map((last, index) => ({ name: `ns${index + 1}.${zone}`, addresses: [at(last)] })),
  };
  const hosts = dns.nameservers.map(({ name }) => name);
  const branchHosts = hosts.map((_, index) => `branch${index + 1}.ns.${zone}`);
  const branch = `_domainkey.${customer}`;
  const service = [
    soaOf(zone, hosts, 1_700_000_000, dns, policy),
    ...nsOf(zone, hosts, policy),
    ...addressesOf(hosts, dns, policy),
    ...addressesOf(branchHosts, dns, policy),
    keyRecordAt(`target.${zone}`, key, policy),
  ];
  const delegated = [
    soaOf(branch, branchHosts, 1_700_000_000, dns, policy),
    ...nsOf(branch, branchHosts, policy),
    keyRecordAt(`s1.${branch}`, key, policy),
  ];
  const served = (origin: string, records: ResourceRecord[]): Zone =>
    isSigned
      ? withSigning(built(origin, [...records, ...dnskeyRecords(origin, signing)]), signing)
      : built(origin, records);
  return [served(zone, service), served(branch, delegated)];
}

const soa = `@ 3600 SOA ns1.nic.test. hostmaster.nic.test. 1 14400 3600 1209600 3600
@ 3600 NS ns1.nic.test.\n@ 3600 NS ns2.nic.test.\n`;
const tlds = `ns1.nic.test. 3600 A ${at(2)}\nns2.nic.test. 3600 A ${at(3)}\n`;
const both = (name: string, ...hosts: string[]): string => hosts.map((host) => `${name} 3600 NS ${host}\n`).join("");
/** The DS record of a signed zone, as a line for its parent. */
function ds(name: string): string {
  const [record] = name === "" ? [] : dnskeyRecords(name, signing);
  if (!record) return "";
  const dnskey = readDnskey(record.data);
  if (!dnskey.ok) throw new Error(dnskey.problem);
  const digest = Buffer.from(dsDigest(name, dnskey.value, 2) ?? []).toString("hex");
  return `${name}. 3600 DS ${signing.keys[0]?.keyTag} 13 2 ${digest}\n`;
}
const parentOf = (origin: string, signedName: string): Zone =>
  written(
    origin,
    `${soa}${both("dkim", `ns1.dkim.${origin}.`, `ns2.dkim.${origin}.`)}ns1.dkim 3600 A ${at(11)}\nns2.dkim 3600 A ${at(12)}\n${ds(signedName)}`,
  );
const customerOf = (origin: string, parent: string, signedName: string): Zone =>
  written(
    origin,
    `${soa}${both("_domainkey", `branch1.ns.dkim.${parent}.`, `branch2.ns.dkim.${parent}.`)}${ds(signedName)}`,
  );

const root = `@ 3600 SOA a.root-servers.test. hostmaster.nic.test. 1 14400 3600 1209600 3600
@ 3600 NS a.root-servers.test.\na.root-servers.test. 3600 A ${at(1)}\n${both("test.", "ns1.nic.test.", "ns2.nic.test.")}${tlds}`;
const parents = ["plain.test", "customer.test", "signed.test", "signed-customer.test"];
const world: [number[], Zone[]][] = [
  [[1], [written(".", root)]],
  [
    [2, 3],
    [
      written(
        "test",
        `${soa}${tlds}a.root-servers 3600 A ${at(1)}\n${parents.map((name) => both(`${name}.`, "ns1.nic", "ns2.nic")).join("")}`,
      ),
      parentOf("plain.test", ""),
      customerOf("customer.test", "plain.test", ""),
      parentOf("signed.test", "dkim.signed.test"),
      customerOf("signed-customer.test", "signed.test", "_domainkey.signed-customer.test"),
    ],
  ],
  [
    [11, 12],
    [...zonesBelow("plain.test", "customer.test", false), ...zonesBelow("signed.test", "signed-customer.test", true)],
  ],
];

let directory: string;
const servers: DnsServer[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "chancery-zonemaster-"));
  await writeFile(
    join(directory, "hints"),
    `. 3600000 NS a.root-servers.test.\na.root-servers.test. 3600000 A ${at(1)}\n`,
  );
  for (const [hosts, zones] of world) {
    const served = { zones: zoneSet(zones), history: () => [] };
    servers.push(
      await startDnsServer({
        listen: hosts.map((last) => ({ host: at(last), port: 53 })),
        answer: createResponder({ served: () => served, now: () => Math.floor(Date.now() / 1000) }),
      }),
    );
  }
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await rm(directory, { recursive: true });
});

/** What cannot be asked on a loopback: whether addresses are public ones (ADDRESS01), and whose networks they are in (CONNECTIVITY03). */
const notHere = ["address01", "connectivity03"];

/** The messages from WARNING up, "LEVEL TESTCASE TAG", each once. */
async function zonemaster(zone: string, without: readonly string[]): Promise<string[]> {
  const run = promisify(execFile);
  const perl = `use Zonemaster::Engine; use JSON::PP; my %off = map { $_ => 1 } @ARGV;
my $profile = decode_json(Zonemaster::Engine::Profile->default->to_json);
print encode_json({ test_cases => [grep { !$off{$_} } @{$profile->{test_cases}}] });`;
  const profile = join(directory, `${zone}.json`);
  try {
    const tests = await run("perl", ["-e", perl, ...notHere, ...without]);
    const { test_cases: cases } = JSON.parse(tests.stdout) as { test_cases: string[] };
    expect(cases.length).toBeGreaterThan(60);
    const resolver = { source: at(1), defaults: { timeout: 2, retry: 1 } };
    await writeFile(profile, JSON.stringify({ test_cases: cases, net: { ipv4: true, ipv6: false }, resolver }));
    const options = ["--hints", join(directory, "hints"), "--profile", profile, "--no-ipv6", "--level", "WARNING"];
    const { stdout } = await run("zonemaster-cli", [...options, "--json", zone]);
    const messages = JSON.parse(stdout) as { level: string; testcase: string; tag: string }[];
    return [...new Set(messages.map(({ level, testcase, tag }) => `${level} ${testcase} ${tag}`))].sort();
  } catch (error) {
    throw new Error("zonemaster-cli has to run to its end (apt install zonemaster-cli)", { cause: error });
  }
}

/** docs/dns-interop.md says what these are about. */
const noPtr = "WARNING ADDRESS02 NAMESERVER_IP_WITHOUT_REVERSE";
test.each<[string, string[], string[]]>([
  ["dkim.plain.test", [], [noPtr]],
  ["_domainkey.customer.test", ["syntax01"], [noPtr]],
  ["dkim.signed.test", [], [noPtr]],
  ["_domainkey.signed-customer.test", ["syntax01"], [noPtr]],
])("zonemaster has nothing against %s", async (zone, without, expected) => {
  expect(await zonemaster(zone, without)).toEqual(expected);
});

test("zonemaster's word against an underscore is the only one that is left out", async () => {
  expect(await zonemaster("_domainkey.customer.test", [])).toEqual(["ERROR SYNTAX01 NON_ALLOWED_CHARS", noPtr]);
});
