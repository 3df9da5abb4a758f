import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rdataText } from "../zone-file/rdata.ts";
import { aData } from "../record/record-address.ts";
import { TYPE, txtData, typeName, type ResourceRecord } from "../record/record.ts";
import { parseZoneFile } from "../zone-file/zone-file.ts";
import { zoneSet } from "./zone-set.ts";
import { buildZone, zoneRecords } from "./zone.ts";

const head = "@ 60 SOA ns1 h 7 2 3 4 5\n@ 60 NS ns1\n";
const build = (text: string): ReturnType<typeof buildZone> => {
  const records = parseZoneFile(text, { origin: "example.com" });
  return buildZone("example.com", records.ok ? records.value : expect.fail(records.problem));
};
const show = ({ name, ttl, type, data }: ResourceRecord): string =>
  `${name} ${ttl} ${typeName(type)} ${rdataText(type, data)}`;

describe("a zone", () => {
  test.each([
    ["no records", "", /no SOA/],
    ["no SOA", "@ 60 NS ns1", /no SOA/],
    ["a SOA only below its origin", "x 60 SOA ns1 h 1 2 3 4 5", /SOA below/],
    ["two SOA records", `${head}@ 60 SOA ns2 h 1 2 3 4 5`, /more than one SOA/],
    ["DNS-B-15 a CNAME at the apex", `${head}@ 60 CNAME x`, /CNAME beside/],
    ["DNS-B-15 a CNAME beside TXT", `${head}a 60 TXT x\na 60 CNAME x`, /^a\.example\.com: CNAME beside TXT/],
    ["DNS-B-15 a CNAME beside an address of lower number", `${head}a 60 CNAME x\na 60 A 192.0.2.1`, /CNAME beside A/],
    ["two CNAME records", `${head}a 60 CNAME x\na 60 CNAME y`, /more than one CNAME/],
    ["two DNAME records", `${head}a 60 DNAME x\na 60 DNAME y`, /more than one DNAME/],
    ["a name outside", `${head}example.org. 60 A 192.0.2.1`, /outside/],
    ["a name that only ends alike", `${head}notexample.com. 60 A 192.0.2.1`, /outside/],
    ["the parent", `${head}com. 60 A 192.0.2.1`, /outside/],
    [
      "an RRset that no message holds",
      `${head}${Array.from({ length: 300 }, (_, n) => `a 60 TXT ${n}${"x".repeat(240)}\n`).join("")}`,
      /too large/,
    ],
  ])("is refused with %s", (_, text, problem) => {
    const zone = build(text);
    expect(zone.ok ? "" : zone.problem).toMatch(problem);
  });

  test("is refused with RDATA that is not of its type, and says which record", () => {
    const soa = parseZoneFile(head, { origin: "example.com" });
    const records = soa.ok ? soa.value : [];
    const zone = buildZone("example.com", [
      ...records,
      { name: "a.example.com", type: TYPE.CNAME, ttl: 1, data: Uint8Array.of(5, 1) },
    ]);
    expect(zone).toMatchObject({ ok: false, offset: 2, problem: expect.stringMatching(/^a\.example\.com: CNAME/) });
  });

  test("DNS-B-15 lets RRSIG and NSEC stand beside a CNAME", () => {
    expect(build(`${head}a 60 CNAME x\na 60 RRSIG \\# 1 00\na 60 NSEC \\# 1 00`)).toMatchObject({ ok: true });
  });

  test("DNS-A-17 gives an RRset its lowest TTL and keeps no record twice, and says so", () => {
    const zone = build(`${head}a 90 A 192.0.2.1\na 30 A 192.0.2.2\na 90 A 192.0.2.1\nb 5 A 192.0.2.1`);
    expect(zone.ok && [...zoneRecords(zone.value)].map(show).sort()).toEqual([
      "a.example.com 30 A 192.0.2.1",
      "a.example.com 30 A 192.0.2.2",
      "b.example.com 5 A 192.0.2.1",
      "example.com 60 NS ns1.example.com.",
      "example.com 60 SOA ns1.example.com. h.example.com. 7 2 3 4 5",
    ]);
    expect(zone).toMatchObject({
      value: {
        origin: "example.com",
        serial: 7,
        recordCount: 5,
        warnings: [
          "a.example.com A: the same record twice: kept once",
          "a.example.com A: records with different TTLs: the lowest is served",
        ],
      },
    });
  });

  test("DNS-A-17 takes a TTL with the top bit set for 0", () => {
    const soa = parseZoneFile(head, { origin: "example.com" });
    const odd: ResourceRecord = { name: "a.example.com", type: TYPE.A, ttl: 0x8000_0000, data: aData("192.0.2.1") };
    const zone = buildZone("example.com", [...(soa.ok ? soa.value : []), odd]);
    expect(zone.ok && [...zoneRecords(zone.value)].at(-1)?.ttl).toBe(0);
  });

  test("warns of a missing NS RRset and is served", () => {
    expect(build("@ 60 SOA ns1 h 7 2 3 4 5")).toMatchObject({ value: { warnings: ["example.com: no NS records"] } });
  });

  test("gives back the records it was built from, in any order given", () => {
    const label = fc.constantFrom("a", "b", "*", "_domainkey", "x");
    const record = fc.tuple(fc.array(label, { minLength: 1, maxLength: 4 }), fc.nat(200), fc.boolean());
    fc.assert(
      fc.property(
        fc.uniqueArray(record, { selector: ([labels, n, isTxt]) => `${labels.join(".")} ${n} ${isTxt}` }),
        (rows) => {
          const soa = parseZoneFile(head, { origin: "example.com" });
          const records: ResourceRecord[] = rows.map(([labels, n, isTxt]) => ({
            name: [...labels, "example.com"].join("."),
            type: isTxt ? TYPE.TXT : TYPE.A,
            ttl: 60,
            data: isTxt ? txtData("x".repeat(n)) : aData(`192.0.2.${n}`),
          }));
          const all = [...records, ...(soa.ok ? soa.value : [])];
          const zone = buildZone("example.com", all);
          expect(zone.ok && [...zoneRecords(zone.value)].map(show).sort()).toEqual(all.map(show).sort());
        },
      ),
    );
  });
});

test("of two zones with one origin the later counts, and a loaded one before one that is not ready", () => {
  const [first, second] = [build(head), build(head)];
  if (!first.ok || !second.ok) throw new Error("zone refused");
  expect(zoneSet([first.value, second.value], ["example.com"]).zones).toEqual([second.value]);
  expect(zoneSet([first.value, second.value]).zones[0]).toBe(second.value);
});
