import { buildZone, parseZoneFile, TYPE } from "chancery/dns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { zoneHistory } from "../../engine/database/zone-changes.ts";
import { findZoneByOrigin, raiseSerial } from "../../engine/database/zones.ts";
import { putRecords } from "../../engine/database/records.ts";
import { transact } from "../../engine/database/transact.ts";
import { recordsOfZone } from "./served/follow.ts";
import { importZone } from "./import.ts";
import { lintZone } from "./lint.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { settings, type ZoneStage, zoneStage } from "./zone.fixture.ts";

let stage: ZoneStage;
beforeAll(async () => {
  stage = await zoneStage(await freshDatabase());
});
afterAll(() => stage.close());

const apex = (serial: number): string =>
  `$TTL 1h\n@ 300 IN SOA ns.example.net. h.example.net. ${serial} 1h 10m 3w 5m\n  IN NS ns.example.net.\n`;
const origin = "import.example";
const bring = (text: string, dryRun = false) => importZone(stage.db, origin, text, "admin", 1_795_000_000, { dryRun });

test("a dry run shows what differs and does nothing; the import then does just that", async () => {
  await bring(`${apex(5)}a A 192.0.2.1\nb A 192.0.2.2\n`);
  const next = `${apex(6)}a 300 A 192.0.2.1\nc MX 10 mx\nmx A 192.0.2.3\n`;
  const before = await stage.text(origin);
  const shown = await bring(next, true);
  expect(shown).toMatchObject({ serial: 5, differing: 4 });
  const lines = shown.changes.map(
    ({ name, type, before: was, after: is }) => `${was === null ? "+" : is === null ? "-" : "~"} ${name} ${type}`,
  );
  expect(lines).toEqual([
    "~ a.import.example A",
    "+ c.import.example MX",
    "+ mx.import.example A",
    "- b.import.example A",
  ]);
  expect(await stage.text(origin)).toBe(before);
  expect(await bring(next)).toMatchObject({ serial: 6, differing: 4, changes: [] });
  expect(await stage.text(origin)).not.toContain("192.0.2.2");
});

test("what an import changes is in the journal as a change, so that followers pay for that alone", async () => {
  await bring(`${apex(10)}a A 192.0.2.1\n`);
  const zone = (await findZoneByOrigin(stage.db, origin))!;
  await bring(`${apex(11)}a A 192.0.2.1\nb A 192.0.2.2\n`);
  const history = await zoneHistory(stage.db, zone.id, 10);
  expect(history).toMatchObject({ since: "kept", versions: [{ fromSerial: 10, toSerial: 11 }] });
  if (history.since === "kept")
    expect(history.versions[0]!.added.map(({ name }) => name)).toContain("b.import.example");
});

test("the same file again changes nothing, and a lower serial never brings it down", async () => {
  await bring(`${apex(20)}a A 192.0.2.1\n`);
  expect(await bring(`${apex(20)}a A 192.0.2.1\n`)).toMatchObject({ serial: 20, differing: 0 });
  expect(await bring(`${apex(3)}a A 192.0.2.9\n`)).toMatchObject({ serial: 21 });
});

test("an import with more differences than are written one by one comes to the same records", async () => {
  const many = Array.from({ length: 700 }, (_, at) => `n${at} A 192.0.2.${at % 250}`).join("\n");
  await bring(`${apex(30)}${many}\n`);
  const zone = (await findZoneByOrigin(stage.db, origin))!;
  const built = buildZone(origin, await recordsOfZone(stage.db, zone));
  expect(built.ok && built.value.recordCount).toBe(702);
});

test("what the linter says comes along as warnings; what is refused at the API is only told here", async () => {
  const { warnings } = await bring(
    `${apex(40)}@ TXT "v=spf1 -all"\n@ TXT "v=spf1 +all"\n*._domainkey TXT "v=DKIM1; p="\na 5 A 192.0.2.1\n`,
  );
  expect(warnings.join("\n")).toMatch(/answers for every selector[\s\S]*2 SPF records[\s\S]*TTL of 5 s/);
  const linted = await lintZone(stage.db, stage.operator, origin, settings);
  expect(linted.problems.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual([
    "error one-policy",
    "error wildcard",
    "warning ttl",
  ]);
});

test.each([
  ["a line that cannot be read", `${apex(1)}a A 192.0.2.1\nb A 300.0.0.1\n`, "line 5: not an address: 300.0.0.1"],
  ["a file of others", `${apex(1)}$INCLUDE /etc/passwd\n`, "line 4: $INCLUDE is not allowed"],
  ["DNS-B-15 a CNAME beside other data", `${apex(1)}a A 192.0.2.1\na CNAME b\n`, "a.import.example: CNAME beside A"],
  ["a name outside", `${apex(1)}www.example.org. A 192.0.2.1\n`, "www.example.org: name outside the zone"],
])("%s is refused, and where it stands is told", async (_, text, problem) => {
  await expect(bring(text)).rejects.toMatchObject({
    code: "zone-unservable",
    message: expect.stringContaining(problem) as string,
  });
});

test("an exported zone is read back as the same records", async () => {
  const text = `${apex(50)}$ORIGIN sub.${origin}.\n@ TXT ( "a;\\"b\\\\c" "\\195\\164" ) ; two\n\\064\\.x TYPE65280 \\# 2 abcd\n*.w 1w2d CNAME @\n`;
  await bring(text);
  const linesOf = (file: string): string[] => {
    const read = parseZoneFile(file, { origin });
    if (!read.ok) throw new Error(read.problem);
    return read.value
      .map(({ name, type, ttl, data }) => `${name} ${type} ${ttl} ${Buffer.from(data).toString("hex")}`)
      .sort();
  };
  expect(linesOf(await stage.text(origin))).toEqual(linesOf(text));
});

test("a zone that Chancery signs keeps the records of its keys, however much the file replaces and whatever it has of them", async () => {
  await bring(`${apex(60)}a A 192.0.2.1\n`);
  const zone = (await findZoneByOrigin(stage.db, origin))!;
  const dnskey = { name: origin, type: TYPE.DNSKEY, ttl: 300, data: Uint8Array.of(1, 1, 3, 13, 1, 2, 3) };
  await transact(stage.db, async (trx) => {
    await putRecords(trx, zone.id, [{ ...dnskey, source: "dnssec" }]);
    await raiseSerial(trx, zone.id, 0, 0);
  });
  const exported = await stage.text(origin);
  expect(exported).toContain("DNSKEY");
  expect(await bring(exported)).toMatchObject({
    differing: 0,
    warnings: [expect.stringContaining("1 records of zone keys")],
  });
  for (const count of [1, 700]) {
    await bring(`${apex(70)}${Array.from({ length: count }, (_, at) => `n${at} A 192.0.2.1`).join("\n")}\n`);
    expect(await stage.text(origin)).toContain("DNSKEY");
  }
  await expect(
    stage.change(origin, [{ do: "put", name: "@", type: "DNSKEY", data: ["257 3 13 AAAA"] }]),
  ).rejects.toMatchObject({ code: "forbidden", message: expect.stringContaining("keys that sign the zone") as string });
});

test("a zone that was signed elsewhere is not changed record by record: its signatures would break", async () => {
  const signed = "signed.example";
  const rrsig = "@ 300 RRSIG SOA 13 2 300 20271122000000 20261122000000 1 signed.example. AAAA\n";
  await importZone(stage.db, signed, `${apex(1)}${rrsig}`, "admin", 1_795_000_000);
  await expect(
    stage.change(signed, [{ do: "put", name: "a.signed.example", type: "A", data: ["192.0.2.1"] }]),
  ).rejects.toMatchObject({
    code: "invalid-input",
    message: expect.stringContaining("signed before it was imported") as string,
  });
});
