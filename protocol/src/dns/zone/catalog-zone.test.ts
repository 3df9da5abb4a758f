import * as fc from "fast-check";
import { expect, test } from "vitest";
import { catalogApex, catalogMemberRecords, isCatalogZone, readCatalog } from "./catalog-zone.ts";
import { childName } from "../name/name.ts";
import { CLASS, readName, readSoa, type ResourceRecord, TYPE } from "../record/record.ts";
import { parseZoneFile } from "../zone-file/zone-file.ts";
import { buildZone } from "./zone.ts";

const origin = "catalog.example";
const apex = "@ 0 SOA invalid. invalid. 1 3600 600 2147483646 0\n@ 0 NS invalid.\n";
const version = 'version 0 TXT "2"\n';
const read = (text: string) => {
  const records = parseZoneFile(text, { origin });
  return readCatalog(origin, records.ok ? records.value : expect.fail(records.problem));
};

test("DNS-D-21 a catalog has SOA and NS at its apex that name nobody, and version 2", () => {
  const records = catalogApex(origin, 7);
  expect(records.map(({ name, type }) => [name, type])).toEqual([
    [origin, TYPE.SOA],
    [origin, TYPE.NS],
    [`version.${origin}`, TYPE.TXT],
  ]);
  expect(readSoa(records[0]!.data)).toMatchObject({ mname: "invalid", rname: "invalid", serial: 7 });
  expect(readName(records[1]!.data)).toBe("invalid");
  const zone = buildZone(origin, records);
  expect(isCatalogZone(zone.ok ? zone.value : expect.fail(zone.problem))).toBe(true);
});

test("DNS-D-21 a member is one PTR below zones, with its group as a property", () => {
  const records = catalogMemberRecords(origin, { label: "u1", zone: "_domainkey.example.com", group: "signed" });
  expect(records).toMatchObject([
    { name: `u1.zones.${origin}`, type: TYPE.PTR },
    { name: `group.u1.zones.${origin}`, type: TYPE.TXT },
  ]);
});

test.each([
  ["with a name server of its own", "@ 0 NS ns1\n"],
  ["without any", ""],
  ["that lists another beside invalid.", "@ 0 NS ns1\n@ 0 NS invalid.\n"],
])("DNS-D-25 a zone %s is none that is kept from the public", (_, servers) => {
  const records = parseZoneFile(`@ 0 SOA a b 1 2 3 4 5\n${servers}sub 0 NS invalid.\n`, { origin });
  const zone = buildZone(origin, records.ok ? records.value : expect.fail(records.problem));
  expect(isCatalogZone(zone.ok ? zone.value : expect.fail(zone.problem))).toBe(false);
});

test("what is not known is passed over", () => {
  const catalog = read(`${apex}${version}u1.zones 0 PTR example.com.
extra.u1.zones 0 TXT "nobody knows this"
deep.group.u1.zones 0 TXT "nor this"
PTR.u1.zones 0 PTR example.net.
u2.zones 0 PTR example.org.
group.u2.zones 0 TXT "one"
u3.zones 0 PTR example.net.
group.u3.zones 0 TXT "one"
group.u3.zones 0 TXT "two"
zones 0 PTR www.example.
u4.other 0 PTR www.example.
`);
  expect(catalog).toEqual({
    ok: true,
    value: [
      { label: "u1", zone: "example.com" },
      { label: "u2", zone: "example.org", group: "one" },
      { label: "u3", zone: "example.net" },
    ],
  });
});

test.each([
  ["no version", apex, "no version record"],
  ["another version", `${apex}version 0 TXT "1"\n`, 'version "1"; only "2" is known'],
  ["two versions", `${apex}${version}version 0 TXT "1"\n`, "two version records"],
  [
    "two PTR records at a label",
    `${apex}${version}u1.zones 0 PTR a.example.\nu1.zones 0 PTR b.example.\n`,
    "two PTR records",
  ],
  [
    "a zone that is a member twice",
    `${apex}${version}u1.zones 0 PTR a.example.\nu2.zones 0 PTR A.example.\n`,
    "a.example is a member twice",
  ],
  [
    "a change of ownership to two catalogs",
    `${apex}${version}u1.zones 0 PTR a.example.\ncoo.u1.zones 0 PTR b.example.\ncoo.u1.zones 0 PTR c.example.\n`,
    "two PTR records",
  ],
])("DNS-D-21 a catalog with %s is broken", (_, text, problem) => {
  expect(read(text)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
});

test("DNS-D-21 a catalog with a record of another class is broken", () => {
  const records = catalogApex(origin, 1).map((record) => ({ ...record, class: CLASS.CH }));
  expect(readCatalog(origin, records)).toMatchObject({ ok: false });
});

test("what is made is read again", () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,20}$/);
  const member = fc.record(
    { label, zone: label.map((name) => childName(name, "example")), group: fc.stringMatching(/^[ -~]{0,300}$/) },
    { requiredKeys: ["label", "zone"] },
  );
  const list = fc.uniqueArray(member, { selector: ({ label }) => label, maxLength: 20 });
  fc.assert(
    fc.property(list, (given) => {
      const members = given.filter(({ zone }, at) => given.findIndex((other) => other.zone === zone) === at);
      const records: ResourceRecord[] = [
        ...catalogApex(origin, 1),
        ...members.flatMap((one) => catalogMemberRecords(origin, one)),
      ];
      expect(readCatalog(origin, records)).toEqual({ ok: true, value: members });
    }),
  );
});
