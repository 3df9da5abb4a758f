import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatMessage, parseMessage, type Message, plainQuery } from "../message/message.ts";
import { rdataText } from "../zone-file/rdata.ts";
import { nameData, soaData, TYPE, txtData, typeName, type ResourceRecord } from "../record/record.ts";
import { diffZones } from "../zone/zone-delta.ts";
import { parseZoneFile } from "../zone-file/zone-file.ts";
import { buildZone, zoneRecords, type Zone } from "../zone/zone.ts";
import { notifyMessage, notifyRcode } from "./notify.ts";
import { readTransferRequest } from "./transfer-request.ts";
import type { TransferHead } from "./transfer-writer.ts";
import { deltasSince, incrementalTransfer, zoneTransfer } from "./zone-transfer.ts";

const origin = "example.com";
const zoneOf = (text: string, serial = 1): Zone => {
  const records = parseZoneFile(`@ 60 SOA ns h ${serial} 7200 900 1209600 300\n${text}`, { origin });
  const zone = buildZone(origin, records.ok ? records.value : expect.fail(records.problem));
  return zone.ok ? zone.value : expect.fail(zone.problem);
};
const fields: Message = plainQuery("eXample.com", TYPE.AXFR, { id: 7 });
const question = formatMessage(fields);
const head = (change: Partial<TransferHead> = {}): TransferHead => ({
  question,
  fullOctets: 16_384,
  octetsMax: 65_535,
  ...change,
});
const messageOf = (bytes: Uint8Array): Message => {
  const message = parseMessage(bytes);
  return message.ok ? message.value : expect.fail(message.problem);
};
const show = (records: Iterable<ResourceRecord>): string[] =>
  [...records].map(({ name, ttl, type, data }) => `${name} ${ttl} ${typeName(type)} ${rdataText(type, data)}`);
const answersOf = (messages: Iterable<Uint8Array>): string[] =>
  show([...messages].flatMap((bytes) => messageOf(bytes).answers));

const delegated = `@ 60 NS ns
ns 60 A 192.0.2.1
s1._domainkey 300 TXT "v=DKIM1; p=AAAA"
s2._domainkey 300 TXT "v=DKIM1; p=BBBB"
sub 60 NS ns.sub
ns.sub 60 A 192.0.2.9
hidden.sub 60 TXT "occluded"
d 60 DNAME example.net.
x.d 60 TXT "occluded too"
`;

describe("AXFR", () => {
  test("DNS-D-06 starts and ends with the SOA and has every other record once, glue and occluded ones too", () => {
    const zone = zoneOf(delegated);
    const sent = answersOf(zoneTransfer(zone, head()));
    expect(sent[0]).toBe(soa(1));
    expect(sent.at(-1)).toBe(soa(1));
    expect(sent.slice(0, -1).sort()).toEqual(show(zoneRecords(zone)).sort());
    expect(sent).toContain('hidden.sub.example.com 60 TXT "occluded"');
    expect(sent).toContain("ns.sub.example.com 60 A 192.0.2.9");
  });

  test("has the ID and the question of the request, letters kept, and AA", () => {
    const [first] = [...zoneTransfer(zoneOf(delegated), head())].map(messageOf);
    expect(first).toMatchObject({ id: 7, response: true, authoritative: true, questions: fields.questions, rcode: 0 });
    expect(first?.edns).toBeUndefined();
  });

  test("answers EDNS with EDNS, in the first message", () => {
    const edns = { udpSize: 1232, dnssecOk: true };
    const messages = [...zoneTransfer(zoneOf(delegated), head({ edns, fullOctets: 200 }))].map(messageOf);
    expect(messages.length).toBeGreaterThan(2);
    expect(messages.map((message) => message.edns?.dnssecOk)).toEqual([
      true,
      ...messages.slice(1).map(() => undefined),
    ]);
  });

  test("DNS-D-06 of 3000 records takes many messages, none too long, owners compressed", () => {
    const lines = Array.from(
      { length: 3000 },
      (_, index) => `s${index % 2}._domainkey.c${index >> 1} 300 TXT "p=${index}"`,
    );
    const zone = zoneOf(`@ 60 NS ns\nns 60 A 192.0.2.1\n${lines.join("\n")}`);
    const messages = [...zoneTransfer(zone, head({ fullOctets: 4096 }))];
    expect(answersOf(messages).slice(0, -1).sort()).toEqual(show(zoneRecords(zone)).sort());
    expect(messages.length).toBeGreaterThan(20);
    for (const message of messages) expect(message.length).toBeLessThanOrEqual(4096);
    const octets = messages.reduce((sum, message) => sum + message.length, 0);
    expect(octets / 3000).toBeLessThan(40); // 25 of each are type, class, TTL, length and text
  });

  test("lets a record that is larger than a full message go beyond it", () => {
    const long = txtData("x".repeat(30_000));
    const records = [
      ...zoneRecords(zoneOf("@ 60 NS ns")),
      { name: `big.${origin}`, type: TYPE.TXT, ttl: 60, data: long },
    ];
    const zone = buildZone(origin, records);
    const large = zone.ok ? zone.value : expect.fail(zone.problem);
    expect([...zoneTransfer(large, head())].map(({ length }) => length > 30_000)).toEqual([false, true, false]);
    expect(() => [...zoneTransfer(large, head({ octetsMax: 20_000 }))]).toThrow(RangeError);
  });

  test("DNS-D-06 of any zone, in messages of any size, gives the records of the zone", () => {
    const labels = fc.array(fc.constantFrom("a", "b", "A", "www", "example", "com", "x".repeat(60)), { maxLength: 4 });
    const owners = fc.array(labels, { maxLength: 40 });
    fc.assert(
      fc.property(owners, fc.integer({ min: 400, max: 3000 }), (names, fullOctets) => {
        const lines = names.map((name, index) => `${[...name, "t"].join(".")} 60 TXT "${index}"\n`);
        const zone = zoneOf(lines.join(""));
        const sent = answersOf(zoneTransfer(zone, head({ fullOctets })));
        expect(sent.slice(0, -1).sort()).toEqual(show(zoneRecords(zone)).sort());
        expect(sent.at(-1)).toBe(sent[0]);
      }),
    );
  });

  test("points only where a pointer reaches: what begins after 16 KiB is written again", () => {
    const lines = Array.from(
      { length: 2000 },
      (_, index) => `s._domainkey.customer${index} 300 TXT "x"\nt._domainkey.customer${index} 300 TXT "y"`,
    );
    const zone = zoneOf(lines.join("\n"));
    const messages = [...zoneTransfer(zone, head({ fullOctets: 65_535 }))];
    expect(answersOf(messages).slice(0, -1).sort()).toEqual(show(zoneRecords(zone)).sort());
    expect(messages[0]?.length).toBeGreaterThan(60_000);
  });
});

/** So that the changes are less than the zone. */
const bulk = `@ 60 NS ns\nbulk 60 TXT ${`"${"x".repeat(250)}" `.repeat(4)}\n`;
const versions = [
  zoneOf(`${bulk}a 60 TXT one`, 1),
  zoneOf(`${bulk}a 60 TXT two\nb 60 TXT new`, 2),
  zoneOf(`${bulk}b 60 TXT new`, 3),
  zoneOf(`${bulk}b 90 TXT new`, 4),
];
const latest = versions[3]!;
const history = versions.slice(1).map((zone, index) => diffZones(versions[index]!, zone));
const soa = (serial: number): string =>
  `example.com 60 SOA ns.example.com. h.example.com. ${serial} 7200 900 1209600 300`;

describe("IXFR", () => {
  test("DNS-D-13 is the new SOA, of each change what goes after the old SOA and what comes after the new one, and the new SOA", () => {
    const deltas = deltasSince(latest, history, 1) ?? expect.fail("no deltas");
    expect(answersOf(incrementalTransfer(latest, deltas, head()))).toEqual([
      soa(4),
      soa(1),
      'a.example.com 60 TXT "one"',
      soa(2),
      'a.example.com 60 TXT "two"',
      'b.example.com 60 TXT "new"',
      soa(2),
      'a.example.com 60 TXT "two"',
      soa(3),
      soa(3),
      'b.example.com 60 TXT "new"',
      soa(4),
      'b.example.com 90 TXT "new"',
      soa(4),
    ]);
  });

  test("DNS-D-12 to a client that has the current version is one SOA", () => {
    expect(answersOf(incrementalTransfer(latest, deltasSince(latest, history, 4)!, head()))).toEqual([soa(4)]);
  });

  test.each([
    ["of the version before, one change", 3, 1],
    ["of two versions before, two changes", 2, 2],
    ["of a version that comes later than ours, none", 5, 0],
    ["of a version that is not known, all of the zone", 0, undefined],
    ["of a version that is half the circle away, none", 4 + 2 ** 31, 0],
  ])("DNS-D-12 to a client %s", (_, serial, count) => {
    expect(deltasSince(latest, history, serial)?.length).toBe(count);
  });

  test("gives all of the zone when the changes are more than that", () => {
    const small = zoneOf("@ 60 NS ns\nb 90 TXT new", 4);
    expect(deltasSince(small, history, 1)).toBeUndefined();
  });

  test("DNS-D-01 of changes over the end of the serials", () => {
    const before = zoneOf(`${bulk}a 60 TXT one`, 4_294_967_295);
    const after = zoneOf(`${bulk}a 60 TXT two`, 1);
    expect(deltasSince(after, [diffZones(before, after)], 4_294_967_295)).toHaveLength(1);
  });

  test("in many messages keeps the order", () => {
    const many = zoneOf(Array.from({ length: 500 }, (_, index) => `n${index} 60 TXT "${index}"`).join("\n"), 5);
    const delta = diffZones(latest, many);
    const messages = [...incrementalTransfer(many, [delta], head({ fullOctets: 512 }))];
    expect(messages.length).toBeGreaterThan(5);
    expect(answersOf(messages)).toEqual([soa(5), ...show([...delta.removed, ...delta.added]), soa(5)]);
  });
});

describe("a request", () => {
  const soaRecord = (serial: number, name = origin): ResourceRecord => ({
    name,
    type: TYPE.SOA,
    ttl: 0,
    data: soaData({ mname: ".", rname: ".", serial, refresh: 0, retry: 0, expire: 0, minimum: 0 }),
  });
  const ixfr = (change: Partial<Message>): Uint8Array =>
    formatMessage({ ...fields, questions: [{ name: "eXample.com", type: TYPE.IXFR, class: 1 }], ...change });

  test("for all of a zone is read", () => {
    expect(readTransferRequest(question)).toMatchObject({ ok: true, value: { kind: "axfr", origin } });
  });

  test("DNS-D-12 for changes has the client's serial in its authority section", () => {
    const request = readTransferRequest(ixfr({ authority: [soaRecord(42)] }));
    expect(request).toMatchObject({ ok: true, value: { kind: "ixfr", origin, serial: 42 } });
    expect(request.ok && request.value.question).toHaveLength(question.length);
  });

  test.each([
    ["for changes without a SOA", ixfr({})],
    ["for changes with two", ixfr({ authority: [soaRecord(1), soaRecord(2)] })],
    ["for changes with the SOA of another zone", ixfr({ authority: [soaRecord(1, "example.net")] })],
    [
      "for changes with another record",
      ixfr({ authority: [{ name: origin, type: TYPE.NS, ttl: 0, data: nameData(origin) }] }),
    ],
    ["of another class", formatMessage({ ...fields, questions: [{ name: origin, type: TYPE.AXFR, class: 3 }] })],
    ["of another type", formatMessage({ ...fields, questions: [{ name: origin, type: TYPE.A, class: 1 }] })],
    ["without a question", formatMessage({ ...fields, questions: [] })],
    ["cut short", question.subarray(0, question.length - 1)],
  ])("%s is a problem", (_, bytes) => {
    expect(readTransferRequest(bytes).ok).toBe(false);
  });
});

describe("NOTIFY", () => {
  test("DNS-D-03 asks for the SOA, with AA, and has the new SOA as an answer", () => {
    const message = messageOf(notifyMessage(latest, 99));
    expect(message).toMatchObject({
      id: 99,
      response: false,
      opcode: 4,
      authoritative: true,
      questions: [{ name: origin, type: TYPE.SOA, class: 1 }],
      authority: [],
      additional: [],
    });
    expect(show(message.answers)).toEqual([soa(4)]);
  });

  const answer = (change: Partial<Message>): Uint8Array =>
    formatMessage({ ...messageOf(notifyMessage(latest, 99)), answers: [], response: true, ...change });
  test.each<[string, Uint8Array, number | undefined]>([
    ["an answer", answer({}), 0],
    ["an answer without the question", answer({ questions: [] }), 0],
    ["an answer in other letters", answer({ questions: [{ name: "EXAMPLE.com", type: 6, class: 1 }] }), 0],
    ["a refusal", answer({ rcode: 9 }), 9],
    ["our own message", answer({ response: false }), undefined],
    ["an answer to a query", answer({ opcode: 0 }), undefined],
    ["an answer about another zone", answer({ questions: [{ name: "example.net", type: 6, class: 1 }] }), undefined],
    ["an answer about another type", answer({ questions: [{ name: origin, type: 1, class: 1 }] }), undefined],
    ["octets that are no message", Uint8Array.of(1, 2, 3), undefined],
  ])("DNS-D-03 tells %s from the rest", (_, bytes, rcode) => {
    expect(notifyRcode(bytes, origin)).toBe(rcode);
  });
});
