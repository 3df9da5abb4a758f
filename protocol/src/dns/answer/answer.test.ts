import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answer } from "./answer.ts";
import { formatMessage, OPCODE, parseMessage, type Edns, type Message, plainQuery } from "../message/message.ts";
import { nameToWire } from "../name/name.ts";
import { TYPE, type ResourceRecord } from "../record/record.ts";
import { parseZoneFile } from "../zone-file/zone-file.ts";
import { zoneSet, type ZoneSet } from "../zone/zone-set.ts";
import { buildZone, type Zone } from "../zone/zone.ts";

const zoneOf = (origin: string, text: string): Zone => {
  const records = parseZoneFile(text, { origin });
  if (!records.ok) throw new Error(`${origin}: ${records.problem}`);
  const zone = buildZone(origin, records.value);
  if (!zone.ok) throw new Error(`${origin}: ${zone.problem}`);
  return zone.value;
};

const plainEdns: Edns = { udpSize: 1232, version: 0, dnssecOk: false, extendedRcode: 0, options: [] };

const question = (name: string, type: number, overrides: Partial<Message> = {}): Message =>
  plainQuery(name, type, { id: 0x1234, ...overrides });

const reply = (zones: ZoneSet, query: Uint8Array, transport: "udp" | "tcp" = "udp"): Message => {
  const bytes = answer(zones, query, transport);
  const message = bytes && parseMessage(bytes);
  if (!message?.ok) throw new Error(`no sound reply: ${message?.problem ?? "silence"}`);
  return message.value;
};

const served = zoneSet([
  zoneOf(
    "example.com",
    `@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nwww 60 A 192.0.2.1\nalias 60 CNAME WWW.Example.com.\nsub 60 NS ns.sub\nns.sub 60 A 192.0.2.2\n*.w 60 TXT x\nd 60 DNAME w\ndd 60 DNAME @\nsrv 60 SRV 1 2 3 target\nal1 60 CNAME x\nal2 60 CNAME x.x\nbig 60 TXT ${'"'.concat("x".repeat(255), '" ').repeat(6)}`,
  ),
]);
const wwwQuery = formatMessage(question("www.example.com", TYPE.A));
/** A query with octets changed, for what `formatMessage` would not write. */
const altered = (query: Uint8Array, ...changes: [number, number][]): Uint8Array => {
  const copy = query.slice();
  for (const [at, octet] of changes) copy[at] = octet;
  return copy;
};
const joined = (...parts: (Uint8Array | number[])[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const optRecord = (owner: Uint8Array | number[], rdata: number[]): number[] => [
  ...owner,
  0,
  41,
  4,
  208,
  0,
  0,
  0,
  0,
  0,
  rdata.length,
  ...rdata,
];
/** `www.example.com A` with these octets as additional records. */
const withAdditional = (count: number, ...records: number[][]): Uint8Array =>
  joined(altered(wwwQuery, [11, count]), ...records);

describe("the header of a reply", () => {
  const bits = {
    recursionDesired: fc.boolean(),
    authenticData: fc.boolean(),
    checkingDisabled: fc.boolean(),
    truncated: fc.boolean(),
  };
  test("DNS-A-01 repeats id, opcode and RD and claims nothing else", () => {
    fc.assert(
      fc.property(fc.record(bits), fc.nat(0xffff), fc.boolean(), (flags, id, z) => {
        const query = formatMessage(question("www.example.com", TYPE.A, { ...flags, id }));
        if (z) query[3]! |= 0x40;
        const bytes = answer(served, query, "udp") ?? expect.fail("silence");
        expect(bytes[3]! & 0x40).toBe(0);
        expect(reply(served, query)).toMatchObject({
          id,
          response: true,
          authoritative: true,
          truncated: false,
          recursionDesired: flags.recursionDesired,
          recursionAvailable: false,
          authenticData: false,
          checkingDisabled: false,
        });
      }),
    );
  });

  test.each([1, 2, 3, 4, 5, 6, 15])("DNS-A-05 opcode %d is NOTIMP, with header and question only", (opcode) => {
    const query = formatMessage(question("www.example.com", TYPE.SOA, { opcode }));
    expect(reply(served, query)).toMatchObject({ opcode, rcode: 4, answers: [], authority: [], additional: [] });
    expect(answer(served, altered(query, [5, 0]), "udp")).toHaveLength(12);
    expect(answer(served, query.subarray(0, 20), "udp")).toHaveLength(12);
  });

  test("DNS-A-05 an UPDATE with records is NOTIMP too", () => {
    const record: ResourceRecord = { name: "www.example.com", type: TYPE.A, ttl: 1, data: Uint8Array.of(192, 0, 2, 1) };
    const update = question("example.com", TYPE.SOA, { opcode: OPCODE.UPDATE, authority: [record], edns: plainEdns });
    expect(reply(served, formatMessage(update))).toMatchObject({
      opcode: 5,
      rcode: 4,
      authority: [],
      edns: { version: 0 },
    });
  });
});

describe("what is not a query", () => {
  test("DNS-A-02 a response gets no reply, nor does anything under 12 octets", () => {
    expect(answer(served, altered(wwwQuery, [2, 0x80]), "udp")).toBeUndefined();
    for (let length = 0; length < 12; length++)
      expect(answer(served, wwwQuery.subarray(0, length), "udp")).toBeUndefined();
  });

  test("DNS-A-03 a query cut short is FORMERR, with its id", () => {
    for (let length = 12; length < wwwQuery.length; length++) {
      const bytes = answer(served, wwwQuery.subarray(0, length), "udp");
      expect([...(bytes ?? [])]).toEqual([0x12, 0x34, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
  });

  test.each<[string, Uint8Array]>([
    ["DNS-A-04 no question", joined(altered(wwwQuery, [5, 0]).subarray(0, 12))],
    ["DNS-A-04 two questions", joined(altered(wwwQuery, [5, 2]), wwwQuery.subarray(12))],
    ["DNS-A-12 a question name that is a pointer", joined(wwwQuery.subarray(0, 12), [0xc0, 12, 0, 1, 0, 1])],
    [
      "DNS-A-12 a question name that points into the header",
      joined(wwwQuery.subarray(0, 12), [1, 97, 0xc0, 4, 0, 1, 0, 1]),
    ],
    ["DNS-A-13 a label type that does not exist", joined(wwwQuery.subarray(0, 12), [0x41, 97, 0, 0, 1, 0, 1])],
    [
      "DNS-A-13 a name of 256 octets",
      joined(
        wwwQuery.subarray(0, 12),
        ...Array.from({ length: 5 }, () => [50, ...Array.from({ length: 50 }, () => 97)]),
        [0, 0, 1, 0, 1],
      ),
    ],
    ["octets after the end", joined(wwwQuery, [0])],
    ["a record in the answer section", joined(altered(wwwQuery, [7, 1]), [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])],
    ["DNS-C-01 two OPT records", withAdditional(2, optRecord([0], []), optRecord([0], []))],
    ["DNS-C-01 an OPT with an owner", withAdditional(1, optRecord([1, 97, 0], []))],
    ["an EDNS option that runs past the OPT", withAdditional(1, optRecord([0], [0, 3, 0, 5, 0]))],
    ["an EDNS option without a length", withAdditional(1, optRecord([0], [0, 3, 0]))],
    ["an additional record cut short", withAdditional(1, [0, 0, 1, 0, 1])],
  ])("%s is FORMERR", (_, query) => {
    expect(reply(served, query)).toMatchObject({
      id: 0x1234,
      rcode: 1,
      authoritative: false,
      answers: [],
      authority: [],
    });
  });
});

describe("names in a reply", () => {
  test("DNS-A-15 the question keeps its letters and the owner points to it", () => {
    const query = formatMessage(question("wWw.ExAmPlE.cOm", TYPE.A));
    const bytes = answer(served, query, "udp") ?? expect.fail("silence");
    expect(bytes.subarray(12, query.length)).toEqual(query.subarray(12));
    expect(bytes.subarray(query.length, query.length + 2)).toEqual(Uint8Array.of(0xc0, 12));
  });

  test("DNS-A-15 names in RDATA keep the letters of the zone, whatever the question's are", () => {
    const query = formatMessage(question("ALIAS.EXAMPLE.COM", TYPE.CNAME));
    const octets = Buffer.from(answer(served, query, "udp") ?? []).toString("latin1");
    expect(octets).toContain("\x03WWW\x07Example\x03com\x00");
  });

  test("DNS-A-12 a name in RDATA of a type younger than RFC 1035 is not compressed", () => {
    const octets = Buffer.from(answer(served, formatMessage(question("srv.example.com", TYPE.SRV)), "udp") ?? []);
    expect(octets.toString("latin1")).toContain("\x06target\x07example\x03com\x00");
  });

  test("DNS-A-13 a name of 255 octets is answered", () => {
    const label = "x".repeat(59);
    const name = [`xx${label}`, label, label, label, "example.com"].join(".");
    expect(nameToWire(name)).toHaveLength(255);
    expect(reply(served, formatMessage(question(name, TYPE.A)))).toMatchObject({ rcode: 3 });
  });
});

describe("EDNS", () => {
  test("DNS-C-04 unknown options and flags are passed over, DO is copied", () => {
    const options = [{ code: 65_001, data: Uint8Array.of(1, 2, 3) }];
    const query = formatMessage(
      question("www.example.com", TYPE.A, { edns: { ...plainEdns, dnssecOk: true, options } }),
    );
    query[query.length - 2 - 7 - 1]! |= 0x7f; // the rest of the flags
    const message = reply(served, query);
    expect(message.rcode).toBe(0);
    expect(message.edns).toEqual({ ...plainEdns, dnssecOk: true });
  });

  test.each([
    ["udp", []],
    ["tcp", [{ code: 11, data: Uint8Array.of(0, 50) }]],
  ] as const)("DNS-C-14 keepalive over %s", (transport, options) => {
    const edns = { ...plainEdns, options: [{ code: 11, data: new Uint8Array(0) }] };
    expect(
      reply(served, formatMessage(question("www.example.com", TYPE.A, { edns })), transport).edns?.options,
    ).toEqual(options);
  });

  test("DNS-C-14 a keepalive with a time in it is no request", () => {
    const edns = { ...plainEdns, options: [{ code: 11, data: Uint8Array.of(0, 9) }] };
    expect(reply(served, formatMessage(question("www.example.com", TYPE.A, { edns })), "tcp").edns?.options).toEqual(
      [],
    );
  });

  test("DNS-C-16 the server's name is told to those who ask, if it has one", () => {
    const edns = { ...plainEdns, options: [{ code: 3, data: new Uint8Array(0) }] };
    const query = formatMessage(question("www.example.com", TYPE.A, { edns }));
    const nsid = new TextEncoder().encode("ns1");
    const named = parseMessage(answer(served, query, "udp", { nsid }) ?? new Uint8Array(0));
    expect(named.ok && named.value.edns?.options).toEqual([{ code: 3, data: nsid }]);
    expect(reply(served, query).edns?.options).toEqual([]);
    const silent = answer(served, formatMessage(question("www.example.com", TYPE.A, { edns: plainEdns })), "udp", {
      nsid,
    });
    expect(Buffer.from(silent ?? []).includes("ns1")).toBe(false);
  });

  test.each([
    ["example.org", 20],
    ["example.net", 14],
  ])("DNS-A-07 DNS-A-08 %s is refused with extended error %d", (name, code) => {
    const zones = zoneSet([], ["example.net"]);
    const message = reply(zones, formatMessage(question(name, TYPE.A, { edns: plainEdns })));
    expect(message.edns?.options).toEqual([{ code: 15, data: Uint8Array.of(0, code) }]);
  });
});

describe("any octets", () => {
  const names = [
    "www.example.com",
    "alias.example.com",
    "x.sub.example.com",
    "q.w.example.com",
    "a.d.example.com",
    "big.example.com",
    ".",
    "example.org",
  ];
  const seed = fc
    .record({
      name: fc.constantFrom(...names),
      type: fc.constantFrom<number>(...Object.values(TYPE)),
      edns: fc.boolean(),
    })
    .map(({ name, type, edns }) => formatMessage(question(name, type, edns ? { edns: plainEdns } : {})));
  const mutated = fc
    .tuple(seed, fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 4 }), fc.nat(80))
    .map(([query, changes, cut]) =>
      altered(query, ...changes.filter(([at]) => at < query.length)).subarray(0, Math.max(query.length - cut, 0)),
    );

  test("R-24 get a sound reply of bounded size or silence, and a response never gets one (DNS-A-02)", () => {
    fc.assert(
      fc.property(
        fc.oneof(mutated, fc.uint8Array({ maxLength: 600 }), seed),
        fc.constantFrom("udp", "tcp"),
        (query, transport) => {
          const bytes = answer(served, query, transport);
          const isResponse = query.length < 12 || (query[2]! & 0x80) !== 0;
          expect(bytes === undefined).toBe(isResponse);
          if (!bytes) return;
          const message = parseMessage(bytes);
          expect(message.ok ? message.value.response : message.problem).toBe(true);
          if (transport === "udp") expect(bytes.length).toBeLessThanOrEqual(1232);
          if (message.ok && message.value.rcode === 1) expect(bytes.length).toBeLessThanOrEqual(512);
        },
      ),
      { numRuns: 20_000 },
    );
  });
});

test("DNS-C-09 over TCP an RRset of more than 255 records is whole", () => {
  const addresses = Array.from({ length: 700 }, (_, n) => `many 60 A 192.0.${n >> 8}.${n & 255}\n`);
  const zones = zoneSet([zoneOf("example.com", `@ 60 SOA a b 1 2 3 4 5\n${addresses.join("")}`)]);
  expect(reply(zones, formatMessage(question("many.example.com", TYPE.A)), "tcp").answers).toHaveLength(700);
});

test("a reply does not depend on the ones before it", () => {
  const seeds = [
    "www",
    "alias",
    "x.sub",
    "a.sub",
    "q.w",
    "a.d",
    "big",
    "nosuch",
    "w.w",
    "sub.sub",
    "al1",
    "al2",
    "al1.dd",
  ].flatMap((label) =>
    [TYPE.A, TYPE.TXT, TYPE.NS, TYPE.CNAME].map((type) => formatMessage(question(`${label}.example.com`, type))),
  );
  const alone = seeds.map((query) => Buffer.from(answer(served, query, "udp") ?? []).toString("hex"));
  for (const [before] of seeds.entries()) {
    for (const [index, query] of seeds.entries()) {
      answer(served, seeds[before] ?? query, "tcp");
      expect(Buffer.from(answer(served, query, "udp") ?? []).toString("hex")).toBe(alone[index]);
    }
  }
});

test("replies do not change when later ones are made", () => {
  const first = answer(served, wwwQuery, "udp") ?? expect.fail("silence");
  const copy = first.slice();
  for (let index = 0; index < 2000; index++)
    answer(served, formatMessage(question(`q${index}.w.example.com`, TYPE.TXT)), "tcp");
  expect(first).toEqual(copy);
});
