import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answer } from "../answer/answer.ts";
import { formatMessage, plainQuery } from "../message/message.ts";
import { nameTextToWire, nameToWire } from "../name/name.ts";
import { TYPE, txtData, type ResourceRecord } from "../record/record.ts";
import { EntryWriter, Templates } from "./zone-entry.ts";
import { parseZoneFile } from "../zone-file/zone-file.ts";
import { LookupName } from "../name/lookup-name.ts";
import { pageOf, type Entry, type RecordSet } from "./zone-page.ts";
import { zoneSet } from "./zone-set.ts";
import { zoneFromWire, zoneToWire } from "./zone-wire.ts";
import { buildZone, zoneRecords, type Zone } from "./zone.ts";

const soa = parseZoneFile("@ 60 SOA ns1 h 7 2 3 4 5\n@ 60 NS ns1", { origin: "example.com" });
const label = fc.constantFrom("a", "b", "*", "_domainkey", String.raw`\000`);
const zone = fc
  .array(
    fc.tuple(
      fc.array(label, { minLength: 1, maxLength: 5 }),
      fc.constantFrom<number>(TYPE.TXT, 65_280, TYPE.SPF),
      fc.nat(600),
    ),
    { maxLength: 30 },
  )
  .map((rows): Zone => {
    const records = rows.map(([labels, type, n]): ResourceRecord => ({
      name: [...labels, "example.com"].join("."),
      type,
      ttl: n,
      data: txtData("x".repeat(n)),
    }));
    const built = buildZone("example.com", [...records, ...(soa.ok ? soa.value : [])]);
    return built.ok ? built.value : expect.fail(built.problem);
  });
const wireOf = (zone: Zone): Uint8Array => Buffer.concat([...zoneToWire(zone)]);

test("a zone comes back from its octets laid out as it was", () => {
  fc.assert(
    fc.property(zone, (before) => {
      const after = zoneFromWire(wireOf(before));
      if (!after.ok) expect.fail(after.problem);
      expect([...zoneRecords(after.value)]).toEqual([...zoneRecords(before)]);
      expect({ ...after.value, warnings: [] }).toEqual({ ...before, warnings: [] });
    }),
  );
});

const queries = ["example.com", "a.example.com", "x.a.example.com", "_domainkey.example.com"].flatMap((name) =>
  [TYPE.TXT, TYPE.ANY, TYPE.NS].map((type) => formatMessage(plainQuery(name, type, { id: 1 }))),
);

test("octets that were changed or cut give a zone that can be used or a problem, never an exception", () => {
  let used = 0;
  fc.assert(
    fc.property(zone, fc.nat(), fc.nat(255), fc.nat(), (before, at, octet, cut) => {
      const bytes = wireOf(before).slice();
      bytes[at % bytes.length] = octet;
      const changed = zoneFromWire(bytes);
      if (changed.ok) {
        used++;
        const records = [...zoneRecords(changed.value)];
        expect(records).toHaveLength(changed.value.recordCount);
        expect(buildZone(changed.value.origin, records).ok).toBe(true);
        for (const query of queries) expect(answer(zoneSet([changed.value]), query, "tcp")).toBeDefined();
      }
      expect(zoneFromWire(wireOf(before).subarray(0, cut % bytes.length)).ok).toBe(false);
    }),
    { numRuns: 500 },
  );
  expect(used).toBeGreaterThan(20);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(zoneFromWire(bytes).ok).toBe(false);
    }),
  );
});

describe("what no zone could have is told apart", () => {
  const origin = nameToWire("example.com");
  const apexSets: RecordSet[] = [
    { type: TYPE.NS, ttl: 60, data: [nameToWire("ns1.example.com")] },
    {
      type: TYPE.SOA,
      ttl: 60,
      data: [soa.ok ? (soa.value[0]?.data ?? expect.fail("no SOA")) : expect.fail(soa.problem)],
    },
  ];
  const txt = (text: string): RecordSet => ({ type: TYPE.TXT, ttl: 60, data: [txtData(text)] });
  const key = txt(`v=DKIM1; p=${Buffer.alloc(294).toString("base64")}`);
  const templates = new Templates([]);
  /** An entry under the hash of its name, or of another. */
  const entry = (labels: string, sets: RecordSet[], hashed = labels): Entry => {
    const name = new LookupName();
    name.read(nameToWire(`${hashed}example.com`), 0);
    const writer = new EntryWriter(templates);
    const wire = nameTextToWire(`${labels}example.com`);
    writer.entry(wire.ok ? wire.value.subarray(0, -origin.length) : expect.fail(wire.problem), 0, sets);
    return { hash: name.hash(0), octets: writer.octets, from: 0, end: writer.length };
  };
  const apex = entry("", apexSets);
  const keyName = entry("s1._domainkey.", [key]); // the only template that is written
  const byHash = (entries: Entry[]): Entry[] => [...entries].sort((one, other) => one.hash - other.hash);
  const page = (depth: number, ...entries: Entry[]): Uint8Array => pageOf(depth, byHash(entries));
  const wire = (...pages: Uint8Array[]): Uint8Array => {
    const known = templates.list.slice(0, 1);
    const texts = known.flatMap(({ head, tail }) => [head, tail]);
    const head = [origin, u16Of(known.length), ...texts.flatMap((text) => [u16Of(text.length), text])];
    const sizes = [u32Of(pages.length), ...pages.map(({ length }) => u32Of(length))];
    const octets = Buffer.concat([...head, ...sizes]);
    return Buffer.concat([u32Of(octets.length), octets, ...pages]);
  };

  test("beside a zone that is whole", () => {
    const whole = zoneFromWire(wire(page(0, apex, keyName, entry("_domainkey.", []))));
    expect(whole).toMatchObject({ ok: true, value: { serial: 7, recordCount: 3 } });
  });

  const plain = entry("a.", [txt("a")]);
  const high = [apex, plain, entry("b.", [txt("b")]), entry("c.", [txt("c")])].filter(({ hash }) => hash >= 2 ** 30);
  test.each<[string, Uint8Array, RegExp]>([
    ["no SOA", wire(page(0, entry("", [txt("x")]))), /no SOA/],
    ["no origin", wire(page(0, plain)), /no SOA/],
    ["no page", wire(), /cover all names/],
    ["a name under another's hash", wire(page(0, apex, entry("a.", [txt("a")], "b."))), /another hash/],
    ["a name in capitals", wire(page(0, apex, entry("A.", [txt("a")], "a."))), /no name/],
    ["a name twice", wire(page(0, apex, plain, plain)), /a name twice/],
    ["names out of order", wire(pageOf(0, byHash([apex, plain]).reverse())), /out of order/],
    ["a name without the one above it", wire(page(0, apex, entry("a.b.", [txt("a")]))), /without the one above/],
    ["a name with nothing at or below it", wire(page(0, apex, entry("b.", []))), /nothing at or below/],
    ["half of the names missing", wire(page(1, apex)), /cover all names/],
    ["a name in another's page", wire(page(1, ...high), page(1)), /cover all names/],
    [
      "types out of order",
      wire(page(0, apex, entry("a.", [txt("a"), { type: TYPE.A, ttl: 1, data: [new Uint8Array(4)] }]))),
      /types out of order/,
    ],
    [
      "RDATA that is not of its type",
      wire(page(0, apex, entry("a.", [{ type: TYPE.A, ttl: 1, data: [new Uint8Array(3)] }]))),
      /A: /,
    ],
    ["a TTL of 32 bits", wire(page(0, apex, entry("a.", [{ ...txt("a"), ttl: 2 ** 31 }]))), /not like the others/],
    [
      "a CNAME beside other data",
      wire(page(0, apex, entry("a.", [{ type: TYPE.CNAME, ttl: 1, data: [origin] }, txt("a")]))),
      /CNAME beside/,
    ],
    ["a SOA below the origin", wire(page(0, apex, entry("a.", [apexSets[1]!]))), /SOA below/],
    [
      "a key with a template that is not there",
      wire(page(0, apex, entry("a.", [txt(`p=${"A".repeat(80)}`)]))),
      /no key/,
    ],
    ["octets after the end", Buffer.concat([wire(page(0, apex)), Uint8Array.of(0)]), /octets after/],
  ])("%s", (_, bytes, problem) => {
    const read = zoneFromWire(bytes);
    expect(read.ok ? "" : read.problem).toMatch(problem);
  });
});

const u16Of = (value: number): Uint8Array => Uint8Array.of(value >> 8, value);
const u32Of = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >> 16, value >> 8, value);
