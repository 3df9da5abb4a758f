import * as fc from "fast-check";
import { expect, test } from "vitest";
import { answer } from "../answer/answer.ts";
import { formatMessage, plainQuery } from "../message/message.ts";
import { rdataFromText } from "../zone-file/rdata.ts";
import { soaData, TYPE, txtData, type ResourceRecord } from "../record/record.ts";
import { changeZone, diffZones, type ZoneDelta } from "./zone-delta.ts";
import { zoneSet } from "./zone-set.ts";
import { buildZone, zoneRecords, type Zone } from "./zone.ts";

const origin = "example.com";
const soa = (serial: number): ResourceRecord => ({
  name: origin,
  type: TYPE.SOA,
  ttl: 60,
  data: soaData({ mname: "ns1.x", rname: "h.x", serial, refresh: 2, retry: 3, expire: 4, minimum: 5 }),
});
const record = (name: string, type: number, text: string): ResourceRecord => {
  const data = rdataFromText(type, text, origin);
  return { name, type, ttl: 60, data: data.ok ? data.value : expect.fail(data.problem) };
};
const keyText = (fill: number): Uint8Array =>
  txtData(`v=DKIM1; k=rsa; p=${Buffer.alloc(294, fill).toString("base64")}`);

const label = fc.constantFrom("a", "b", "*", "_domainkey");
const owner = fc.array(label, { maxLength: 3 }).map((labels) => [...labels, origin].join("."));
const some = fc.constantFrom<[number, string]>(
  [TYPE.A, "192.0.2.1"],
  [TYPE.A, "192.0.2.2"],
  [TYPE.TXT, '"text"'],
  [TYPE.NS, "a.example.com."],
  [TYPE.NS, "ns.example.net."],
  [TYPE.CNAME, "b.a.example.com."],
  [TYPE.DNAME, "b.example.com."],
  [TYPE.DNAME, "a.example.net."],
  [TYPE.MX, "10 *.a.example.com."],
);
const anyRecord = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(owner, some).map(([name, [type, text]]) => record(name, type, text)) },
  fc
    .tuple(owner, fc.nat(3))
    .map(([name, fill]): ResourceRecord => ({ name, type: TYPE.TXT, ttl: 60, data: keyText(fill) })),
);

const keyOf = ({ name, type, data }: ResourceRecord): string => `${name} ${type} ${Buffer.from(data).toString("hex")}`;
const built = (records: readonly ResourceRecord[]): Zone | undefined => {
  const zone = buildZone(origin, records);
  return zone.ok ? zone.value : undefined;
};

/** All that can be asked of names of these labels, and one label more, as the answers' octets. */
const asked = ["", "a", "b", "*", "_domainkey", "q"].flatMap((first) =>
  ["", "a", "b", "_domainkey"].flatMap((second) =>
    ["", "a", "*"].map((third) => [first, second, third, origin].filter((each) => each !== "").join(".")),
  ),
);
const types = [TYPE.A, TYPE.TXT, TYPE.NS, TYPE.CNAME, TYPE.DS, TYPE.ANY, TYPE.SOA];
const queries = [...new Set(asked)].flatMap((name) =>
  types.map((type) => formatMessage(plainQuery(name, type, { id: 1 }))),
);
const answersOf = (zone: Zone): string => {
  const zones = zoneSet([zone]);
  return queries.map((query) => Buffer.from(answer(zones, query, "tcp") ?? []).toString("latin1")).join("\n");
};

/** The records after a step that puts in what is not there and takes out what is. */
const toggled = (
  records: readonly ResourceRecord[],
  step: readonly ResourceRecord[],
): { removed: ResourceRecord[]; added: ResourceRecord[] } => {
  const here = new Set(records.map(keyOf));
  const distinct = [...new Map(step.map((each) => [keyOf(each), each])).values()];
  return {
    removed: distinct.filter((each) => here.has(keyOf(each))),
    added: distinct.filter((each) => !here.has(keyOf(each))),
  };
};

test("a zone that was changed again and again answers like one built at once, and each version before answers as it did", () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyRecord, { minLength: 1, maxLength: 6 }), { maxLength: 8 }), (steps) => {
      let records = [soa(1), record(origin, TYPE.NS, "ns.example.net.")];
      let zone = built(records) ?? expect.fail("no zone");
      const versions: [Zone, string][] = [];
      for (const step of steps) {
        const serial = zone.serial + 1;
        const { removed, added } = toggled(records, step);
        const delta: ZoneDelta = {
          fromSerial: zone.serial,
          toSerial: serial,
          removed: [soa(zone.serial), ...removed],
          added: [soa(serial), ...added],
        };
        const gone = new Set(delta.removed.map(keyOf));
        const next = [...records.filter((each) => !gone.has(keyOf(each))), ...delta.added];
        const whole = built(next);
        const changed = changeZone(zone, delta);
        expect(changed.ok).toBe(whole !== undefined);
        if (!changed.ok || !whole) continue;
        versions.push([zone, answersOf(zone)]);
        expect(answersOf(changed.value)).toBe(answersOf(whole));
        expect({ ...changed.value, content: 0 }).toEqual({ ...whole, content: 0 });
        expect(changed.value.content.parts.counts).toEqual(whole.content.parts.counts);
        expect(diffZones(zone, changed.value).removed.map(keyOf).sort()).toEqual(delta.removed.map(keyOf).sort());
        expect(diffZones(zone, whole).added.map(keyOf).sort()).toEqual(delta.added.map(keyOf).sort());
        [records, zone] = [next, changed.value];
      }
      for (const [version, answers] of versions) expect(answersOf(version)).toBe(answers);
    }),
    { numRuns: 80 },
  );
});

const many = (count: number, from = 0): ResourceRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `s${from + index}.d${(from + index) % 7}.${origin}`,
    type: TYPE.TXT,
    ttl: 60,
    data: keyText((from + index) & 0xff),
  }));
const step = (zone: Zone, removed: readonly ResourceRecord[], added: readonly ResourceRecord[]): Zone => {
  const serial = zone.serial + 1;
  const delta = { fromSerial: zone.serial, toSerial: serial };
  const changed = changeZone(zone, {
    ...delta,
    removed: [soa(zone.serial), ...removed],
    added: [soa(serial), ...added],
  });
  return changed.ok ? changed.value : expect.fail(changed.problem);
};
const sorted = (zone: Zone): string[] => [...zoneRecords(zone)].map(keyOf).sort();

test("a zone grows from one name to thousands and goes back, whole at every size", () => {
  let zone = built([soa(1)]) ?? expect.fail("no zone");
  const all = many(3000);
  for (let from = 0; from < all.length; from += 250) zone = step(zone, [], all.slice(from, from + 250));
  expect(sorted(zone)).toEqual([soa(zone.serial), ...all].map(keyOf).sort());
  for (let from = 0; from < all.length; from += 500) zone = step(zone, all.slice(from, from + 500), []);
  expect(sorted(zone)).toEqual([keyOf(soa(zone.serial))]);
  expect(zone.content.parts.counts).toMatchObject({ nodes: 1, records: 1, wildcards: 0 });
});

test("a change copies the pages it touches and no other, however large the zone is", () => {
  for (const count of [500, 5000]) {
    const zone = built([soa(1), ...many(count)]) ?? expect.fail("no zone");
    const before = new Set(zone.content.pages());
    const changed = step(zone, many(1), many(1, 1_000_000));
    const fresh = [...changed.content.pages()].filter((page) => !before.has(page));
    expect(fresh.length).toBeLessThanOrEqual(6); // the SOA, two names and the ones above them, and one page that was split
  }
});

test("a zone that is changed for long holds no more than what it has", () => {
  let zone = built([soa(1), ...many(1000)]) ?? expect.fail("no zone");
  const octets = (each: Zone): number => [...each.content.pages()].reduce((sum, page) => sum + page.length, 0);
  const before = octets(zone);
  for (let round = 0; round < 800; round++) zone = step(zone, many(1, round), many(1, 1000 + round));
  expect(octets(zone)).toBeLessThan(1.05 * before);
  expect([...zone.content.pages()].length).toBeLessThan(80);
  expect(zone.content.templates).toHaveLength(1);
});

test("a template for every key does not grow without end, and such keys come back as they were", () => {
  const odd = Array.from({ length: 1500 }, (_, index): ResourceRecord => ({
    name: `s${index}.${origin}`,
    type: TYPE.TXT,
    ttl: 60,
    data: txtData(`v=DKIM1; n=${index}; p=${Buffer.alloc(32, index & 0xff).toString("base64")}`),
  }));
  const zone = built([soa(1), ...odd]) ?? expect.fail("no zone");
  expect(zone.content.templates.length).toBeLessThanOrEqual(1024);
  expect(sorted(zone)).toEqual([soa(1), ...odd].map(keyOf).sort());
});

test("a delta for a record of another TTL, or with one TTL for one record, gives the RRset its lowest", () => {
  const two = [record(`a.${origin}`, TYPE.A, "192.0.2.1"), record(`a.${origin}`, TYPE.A, "192.0.2.2")];
  const zone = built([soa(1), ...two]) ?? expect.fail("no zone");
  const changed = step(zone, [], [{ ...record(`a.${origin}`, TYPE.A, "192.0.2.3"), ttl: 30 }]);
  expect([...zoneRecords(changed)].filter(({ type }) => type === TYPE.A).map(({ ttl }) => ttl)).toEqual([30, 30, 30]);
});
