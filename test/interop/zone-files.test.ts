// Zone files that Chancery writes, as other programs read them: BIND's named-checkzone and ldns. Their own texts are read back here.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  buildZone,
  formatZoneFile,
  nameToWire,
  parseZoneFile,
  type ResourceRecord,
  TYPE,
  typeName,
} from "chancery/dns";
import { afterAll, expect, test } from "vitest";
import { recordsZoneText } from "../../server/src/app/cli/records-text.ts";
import { shippedCatalogue } from "../../server/src/app/provider-catalogue.ts";
import { planChanges, type ZoneChange } from "../../server/src/model/zone/change.ts";
import { recordsOf, rrsetsOf } from "../../server/src/model/zone/rrset.ts";
import { zoneTemplates } from "../../server/src/model/zone/templates/all.ts";
import { applyTemplate } from "../../server/src/model/zone/templates/template.ts";
import { lookupOf } from "../../server/src/model/zone/zone-lookup.ts";
import { timingPresets } from "../../server/src/model/rotation/timing-policy.ts";
import { hostileRecord } from "../fakes/hostile-records.ts";
import { Random } from "../fuzz/random.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "chancery-zone-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const origin = "example.com";
const apexText = "@ 300 SOA ns.example.net. h.example.net. 1 3600 600 1814400 300\n@ 3600 NS ns.example.net.\n";
const read = (text: string): ResourceRecord[] => {
  const records = parseZoneFile(text, { origin });
  return records.ok ? records.value : expect.fail(records.problem);
};
const lines = (records: readonly ResourceRecord[]): string[] =>
  records.map(({ name, type, ttl, data }) => `${name} ${ttl} ${typeName(type)} ${canonicalRdata(type, data)}`).sort();
/** Octets without the case of names, which peers keep or not. */
const canonicalRdata = (type: number, data: Uint8Array): string => {
  const hasNames = ([TYPE.NS, TYPE.CNAME, TYPE.SOA, TYPE.MX, TYPE.SRV, TYPE.DNAME, TYPE.PTR] as number[]).includes(
    type,
  );
  const text = Buffer.from(data).toString("latin1");
  return Buffer.from(hasNames ? text.toLowerCase() : text, "latin1").toString("hex");
};

async function peer(command: string, install: string, ...words: string[]): Promise<string> {
  try {
    return (await run(command, words, { maxBuffer: 1 << 26 })).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new Error(`${command} is needed for this: apt install ${install}`, { cause: error });
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${words.join(" ")}: ${stdout}${stderr}`, { cause: error });
  }
}
let files = 0;
/** What BIND makes of a zone file, as a zone file again. */
async function throughBind(text: string): Promise<string> {
  const [file, dumped] = [join(folder, `${++files}.zone`), join(folder, `${files}.dump`)];
  writeFileSync(file, text);
  await peer(
    "named-checkzone",
    "bind9-utils",
    "-i",
    "none",
    "-k",
    "ignore",
    "-n",
    "ignore",
    "-m",
    "ignore",
    "-M",
    "ignore",
    "-S",
    "ignore",
    "-D",
    "-o",
    dumped,
    origin,
    file,
  );
  return withoutDirectives(readFileSync(dumped, "utf8"));
}
async function throughLdns(text: string): Promise<string> {
  const file = join(folder, `${++files}.zone`);
  writeFileSync(file, text);
  return withoutDirectives(await peer("ldns-read-zone", "ldnsutils", "-0", file));
}
/** Owner and RDATA of every record in wire form. */
const wireLines = (records: readonly ResourceRecord[]): string[] =>
  records
    .map(
      ({ name, type, data }) =>
        `${Buffer.from(nameToWire(name)).toString("hex")} ${type} ${canonicalRdata(type, data)}`,
    )
    .sort();
const pythonReader = `
import sys, dns.zone
zone = dns.zone.from_file(sys.argv[1], origin="example.com.", relativize=False)
for name, ttl, rdata in zone.iterate_rdatas():
    print(name.canonicalize().to_wire().hex(), int(rdata.rdtype), rdata.to_wire().hex())
`;
async function throughDnspython(text: string): Promise<string[]> {
  const file = join(folder, `${++files}.zone`);
  writeFileSync(file, text);
  const written = await peer("/usr/bin/python3", "python3-dnspython", "-c", pythonReader, file);
  const lower = (line: string): string => {
    const [name = "", type = "", data = ""] = line.split(" ");
    return `${name} ${type} ${canonicalRdata(Number(type), Buffer.from(data, "hex"))}`;
  };
  return written.trimEnd().split("\n").map(lower).sort();
}

/** Peers write all names in full, and a dollar at the start of one as it is; that is no directive. */
const withoutDirectives = (text: string): string => text.replace(/^\$(?!TTL |ORIGIN )/gm, "\\$");
async function expectSameEverywhere(records: readonly ResourceRecord[]): Promise<void> {
  const text = formatZoneFile(origin, records);
  expect(lines(read(text))).toEqual(lines(records));
  const [bind, ldns] = await Promise.all([throughBind(text), throughLdns(text)]);
  expect(lines(read(bind)), "named-checkzone").toEqual(lines(records));
  expect(lines(read(ldns)), "ldns-read-zone").toEqual(lines(records));
}

test("every type with a text of its own, unknown types, and the whole grammar of master files", async () => {
  const written = `$TTL 1h
${apexText}
a 1w2d3h4m5s IN A 192.0.2.1
  AAAA 2001:DB8::1
$ORIGIN sub.example.com.
@ TXT ( "a;b" "c\\"d\\\\e" ; a comment
   "\\000\\255 \\195\\164" unquoted\\ word )
\\*.x\\.y\\032z MX 10 @
*.w CNAME a.example.com.
$ORIGIN example.com.
$TTL 300
mx 0 MX 0 .
_25._tcp.mx TLSA 3 1 1 ${"ab".repeat(32)}
_sub._tcp SRV 0 1 587 mx
caa CAA 128 issue "ca.example; policy=\\"x\\""
d DNAME elsewhere.example.net.
hinfo HINFO "PC \\"x\\"" Linux
sshfp SSHFP 4 2 ${"cd".repeat(32)}
smime SMIMEA 3 0 0 00ff
ptr PTR host.example.net.
deleg NS ns.deleg
deleg DS 12345 13 2 ${"12".repeat(32)}
ns.deleg A 192.0.2.9
unknown TYPE65280 \\# 3 abcdef
empty TYPE65281 \\# 0
known TYPE1 \\# 4 c0000207
spf TYPE99 \\# 4 03616263
`;
  await expectSameEverywhere(read(written));
});

test("what every template puts, for its example", async () => {
  const sets = zoneTemplates.flatMap((template) => {
    const zone = lookupOf(origin, rrsetsOf(read(apexText)));
    const applied = applyTemplate(template, template.example, { zone, catalogue: shippedCatalogue() });
    if (!applied.ok) return expect.fail(applied.problem);
    const context = { editor: "operator", wildcardKeys: "wanted", policy: timingPresets.default } as const;
    const plan = planChanges(zone, applied.changes, context);
    if (!plan.ok) return expect.fail(plan.problem);
    return [plan.differences.flatMap(({ after }) => (after === undefined ? [] : recordsOf(after)))];
  });
  expect(sets).toHaveLength(zoneTemplates.length);
  for (const records of sets) await expectSameEverywhere([...read(apexText), ...records]);
});

test("threats 21 and 22: of what hostile tenants write, BIND and ldns read exactly the names and data that were taken", async () => {
  const random = new Random("hostile records", 2);
  const apex = read(apexText);
  const zone = lookupOf(origin, rrsetsOf(apex));
  const context = { editor: "tenant", wildcardKeys: "refused", policy: timingPresets.default } as const;
  const taken = new Map<string, ResourceRecord[]>();
  for (let round = 0; round < 20_000; round++) {
    const change: ZoneChange = { do: "put", ...hostileRecord(random) };
    const plan = planChanges(zone, [change], context);
    if (!plan.ok || plan.problems.some(({ severity }) => severity === "error")) continue;
    const after = plan.differences[0]?.after;
    // Each at a name of its own, and none that hides another.
    if (after === undefined || after.name === origin || after.type === TYPE.DNAME || after.type === TYPE.NS) continue;
    if (!taken.has(after.name)) taken.set(after.name, recordsOf(after));
  }
  expect(taken.size).toBeGreaterThan(200);
  const records = [...apex, ...[...taken.values()].flat()];
  expect(buildZone(origin, records).ok).toBe(true);
  const text = formatZoneFile(origin, records);
  const [bind, python, ldns] = await Promise.all([throughBind(text), throughDnspython(text), throughLdns(text)]);
  expect(lines(read(bind)), "named-checkzone").toEqual(lines(records));
  // dnspython 2.3 takes \DDD in HINFO for a character and writes that as UTF-8; TXT it reads as octets.
  const isHinfo = (line: string): boolean => line.split(" ")[1] === String(TYPE.HINFO);
  expect(
    python.filter((line) => !isHinfo(line)),
    "dnspython",
  ).toEqual(wireLines(records).filter((line) => !isHinfo(line)));
  // ldns does not escape parentheses and quotes in owners, so that what it writes cannot be read again; it reads as many records.
  expect(ldns.trimEnd().split("\n"), "ldns-read-zone").toHaveLength(records.length);
});

test("a file of fifty thousand records is read and written in seconds, and its memory is bounded", () => {
  const many = Array.from({ length: 50_000 }, (_, at) => `s${at}._domainkey TXT "v=DKIM1; p=${"A".repeat(200)}"`);
  const text = `$TTL 3600\n${apexText}${many.join("\n")}\n`;
  const before = process.cpuUsage();
  const records = read(text);
  const { user, system } = process.cpuUsage(before);
  expect(records).toHaveLength(50_002);
  expect((user + system) / 1e6).toBeLessThan(10);
  expect(formatZoneFile(origin, records).length).toBeGreaterThan(text.length);
  expect(parseZoneFile(`${text}broken A 1.2.3\n`, { origin })).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/^line 50004: not an address: 1\.2\.3/) as string,
  });
});

test("the records that a customer is given as zone text are read alike by all", async () => {
  const asked = (name: string, type: string, data: string) =>
    ({ name, type, data, ttl: 3600, purpose: "key", state: "absent", checkedAt: null }) as const;
  const text = recordsZoneText([
    asked("s1._domainkey.example.com", "CNAME", "abc.dkim.esp.example"),
    asked("s2._domainkey.example.com", "TXT", `v=DKIM1; k=rsa; n="a\\b"; p=${"A".repeat(600)}`),
    asked("s3._domainkey.example.com", "NS", "abc.ns.dkim.esp.example"),
    asked("s3._domainkey.example.com", "NS", "def.ns.dkim.esp.example"),
  ]);
  const whole = `${apexText}${text}\n`;
  const [bind, ldns] = await Promise.all([throughBind(whole), throughLdns(`$ORIGIN ${origin}.\n${whole}`)]);
  expect(lines(read(bind)), "named-checkzone").toEqual(lines(read(whole)));
  expect(lines(read(ldns)), "ldns-read-zone").toEqual(lines(read(whole)));
});
