import { expect, test } from "vitest";
import { parseZoneFile } from "../zone-file/zone-file.ts";
import { changeZone, diffZones } from "./zone-delta.ts";
import { buildZone, zoneRecords, type Zone } from "./zone.ts";

const zoneOf = (serial: number, lines: string): Zone => {
  const parsed = parseZoneFile(
    `@ 3600 SOA ns.esp.example. root.esp.example. ${serial} 7200 900 1209600 300\n${lines}`,
    {
      origin: "esp.example",
    },
  );
  if (!parsed.ok) throw new Error(parsed.problem);
  const zone = buildZone("esp.example", parsed.value);
  if (!zone.ok) throw new Error(zone.problem);
  return zone.value;
};

const linesOf = (zone: Zone): string[] =>
  [...zoneRecords(zone)]
    .map(({ name, type, ttl, data }) => `${name} ${type} ${ttl} ${Buffer.from(data).toString("hex")}`)
    .sort();

const before = zoneOf(1, "@ 60 NS ns\nns 60 A 192.0.2.1\ns1 60 TXT one\ns2 60 TXT two");
const after = zoneOf(2, "@ 60 NS ns\nns 60 A 192.0.2.1\ns2 90 TXT two\ns3 60 TXT three");

test("the difference of two versions leads from the one to the other, SOA first", () => {
  const delta = diffZones(before, after);
  expect(delta.removed[0]?.type).toBe(6);
  expect(delta.added[0]?.type).toBe(6);
  expect(delta.removed.map(({ name, type }) => `${name} ${type}`).sort()).toEqual([
    "esp.example 6",
    "s1.esp.example 16",
    "s2.esp.example 16",
  ]);
  expect(delta.added.map(({ name, type }) => `${name} ${type}`).sort()).toEqual([
    "esp.example 6",
    "s2.esp.example 16",
    "s3.esp.example 16",
  ]);
  const changed = changeZone(before, delta);
  expect(changed.ok && changed.value.serial).toBe(2);
  expect(changed.ok && linesOf(changed.value)).toEqual(linesOf(after));
  expect(linesOf(before)).toContainEqual(expect.stringContaining("s1.esp.example 16 60"));
});

test.each([
  ["made for another serial", zoneOf(3, "@ 60 NS ns"), "for serial 1"],
  ["that removes what is not there", zoneOf(1, "@ 60 NS ns\nns 60 A 192.0.2.1\ns2 60 TXT two"), "not there"],
  [
    "that adds what is there",
    zoneOf(1, "@ 60 NS ns\nns 60 A 192.0.2.1\ns1 60 TXT one\ns2 60 TXT two\ns3 60 TXT three"),
    "there already",
  ],
])("a change %s is refused", (_, zone, problem) => {
  const changed = changeZone(zone, diffZones(before, after));
  expect(changed.ok ? "" : changed.problem).toContain(problem);
});
