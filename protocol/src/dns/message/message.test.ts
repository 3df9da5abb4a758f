import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkRdata,
  formatMessage,
  parseFirstQuestion,
  parseHeader,
  parseMessage,
  RCODE,
  rcodeName,
  type Message,
} from "./message.ts";
import { nameToWire } from "../name/name.ts";
import { mxData, nameData, readName, readSoa, soaData, TYPE, txtData, type ResourceRecord } from "../record/record.ts";

const empty: Message = {
  id: 4660,
  response: true,
  opcode: 0,
  authoritative: false,
  truncated: false,
  recursionDesired: false,
  recursionAvailable: false,
  authenticData: false,
  checkingDisabled: false,
  rcode: 0,
  questions: [],
  answers: [],
  authority: [],
  additional: [],
};
const soa = { mname: "ns.example", rname: "h.example", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 };
const srvData = Uint8Array.from([0, 1, 0, 2, 0, 3, ...nameToWire("mail.example")]);

const round = (message: Message): Message => {
  const result = parseMessage(formatMessage(message));
  if (!result.ok) throw new Error(`${result.problem} at ${result.offset}`);
  return result.value;
};

const label = fc.string({
  unit: fc.constantFrom("a", "b", "c", "x", "z", "0", "9", "_", "-"),
  minLength: 1,
  maxLength: 12,
});
const name = fc.array(label, { minLength: 0, maxLength: 5 }).map((labels) => labels.join(".") || ".");
const anyData = fc.oneof(
  fc.record({ type: fc.constant(TYPE.TXT), data: fc.string({ maxLength: 600 }).map((text) => txtData(text)) }),
  fc.record({ type: fc.constantFrom(TYPE.NS, TYPE.CNAME, TYPE.PTR, TYPE.DNAME), data: name.map(nameData) }),
  fc.record({ type: fc.constant(TYPE.MX), data: name.map((exchange) => mxData(10, exchange)) }),
  fc.record({ type: fc.constant(TYPE.SOA), data: name.map((mname) => soaData({ ...soa, mname })) }),
  fc.record({ type: fc.constant(TYPE.A), data: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
  fc.record({ type: fc.integer({ min: 300, max: 65535 }), data: fc.uint8Array({ maxLength: 80 }) }),
);
const anyRecord: fc.Arbitrary<ResourceRecord> = fc
  .tuple(name, fc.integer({ min: 0, max: 0x7fffffff }), anyData)
  .map(([owner, ttl, { type, data }]) => ({ name: owner, type, ttl, data }));
const bit = fc.boolean();
const anyMessage: fc.Arbitrary<Message> = fc
  .record({
    id: fc.integer({ min: 0, max: 65535 }),
    response: bit,
    opcode: fc.integer({ min: 0, max: 15 }),
    authoritative: bit,
    truncated: bit,
    recursionDesired: bit,
    recursionAvailable: bit,
    authenticData: bit,
    checkingDisabled: bit,
    rcode: fc.integer({ min: 0, max: 15 }),
    questions: fc.array(fc.record({ name, type: fc.nat(65535), class: fc.nat(65535) }), { maxLength: 2 }),
    answers: fc.array(anyRecord, { maxLength: 6 }),
    authority: fc.array(anyRecord, { maxLength: 4 }),
    additional: fc.array(anyRecord, { maxLength: 4 }),
  })
  .chain((message) =>
    fc
      .option(
        fc.record({
          udpSize: fc.nat(65535),
          version: fc.nat(255),
          dnssecOk: bit,
          extendedRcode: fc.nat(255),
          options: fc.array(fc.record({ code: fc.nat(65535), data: fc.uint8Array({ maxLength: 20 }) }), {
            maxLength: 3,
          }),
        }),
        { nil: undefined },
      )
      .map((edns) => (edns ? { ...message, rcode: message.rcode | (edns.extendedRcode << 4), edns } : message)),
  );

describe("a message", () => {
  test("is read as it was written", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(round(message)).toEqual(message);
      }),
    );
  });

  test("any bytes give a message or a problem, never an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        parseHeader(bytes);
        parseFirstQuestion(bytes);
        expect(parseMessage(bytes)).toHaveProperty("ok");
      }),
    );
  });

  test("a message with any one octet changed gives a message that can be written, or a problem", () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), fc.nat(255), (message, place, octet) => {
        const bytes = formatMessage(message);
        bytes[place % bytes.length] = octet;
        const result = parseMessage(bytes);
        if (result.ok) expect(round(result.value)).toEqual(result.value);
        expect(parseMessage(bytes.subarray(0, place % bytes.length))).toHaveProperty("ok");
      }),
      { numRuns: 500 },
    );
  });

  test("64 KB of records whose owners go through 127 pointers each are read", () => {
    const bytes = new Uint8Array(276 + 5438 * 12);
    bytes.set([0, 0, 0x80, 0, 0, 0, 0x15, 0x3f, 0, 0, 0, 0]);
    bytes.set([0, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 253], 12);
    bytes.set([0xc0, 23], 24);
    for (let at = 26; at < 276; at += 2) bytes.set([0xc0 | ((at - 2) >> 8), (at - 2) & 0xff], at);
    for (let at = 276; at < bytes.length; at += 12) bytes.set([0xc1, 274 - 256, 0xff, 0, 0, 1], at);
    expect(parseMessage(bytes)).toMatchObject({ ok: true });
  });
});

describe("compression", () => {
  test("DNS-A-12 owner names and RDATA of RFC 1035 types share what stands before", () => {
    const bytes = formatMessage({
      ...empty,
      questions: [{ name: "a.example", type: TYPE.NS, class: 1 }],
      answers: [{ name: "a.example", type: TYPE.NS, ttl: 1, data: nameData("ns.a.example") }],
    });
    expect(bytes.length).toBe(12 + (11 + 4) + (2 + 10 + 5));
  });

  test("DNS-A-12 SRV, DNAME and unknown types are sent in full", () => {
    for (const [type, data] of [
      [TYPE.SRV, srvData],
      [TYPE.DNAME, nameData("example")],
      [65280, nameData("example")],
    ] as const) {
      const bytes = formatMessage({ ...empty, answers: [{ name: "example", type, ttl: 0, data }] });
      expect(bytes.length).toBe(12 + 9 + 10 + data.length);
    }
  });

  test("DNS-A-15 an owner is written with the letters of the question", () => {
    const bytes = formatMessage({
      ...empty,
      questions: [{ name: "ExAmPlE", type: TYPE.A, class: 1 }],
      answers: [{ name: "example", type: TYPE.A, ttl: 0, data: Uint8Array.of(192, 0, 2, 1) }],
    });
    expect(bytes.length).toBe(12 + 9 + 4 + 2 + 10 + 4);
    expect(parseMessage(bytes)).toMatchObject({
      value: { questions: [{ name: "ExAmPlE" }], answers: [{ name: "example" }] },
    });
  });

  test("names past the reach of a pointer are written in full and read again", () => {
    const answers = Array.from({ length: 40 }, (_, index) => ({
      name: `n${index}.far.example`,
      type: TYPE.TXT,
      ttl: 0,
      data: txtData("x".repeat(500)),
    }));
    expect(round({ ...empty, answers: [...answers, ...answers] }).answers).toEqual([...answers, ...answers]);
  });
});

describe("what is read", () => {
  /** A response with one answer whose RDATA is given as it stands. */
  const withRdata = (type: number, rdata: number[]): Uint8Array =>
    // prettier-ignore
    Uint8Array.from([
      0, 1, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0,
      1, 0x61, 0, type >> 8, type & 0xff, 0, 1, 0xff, 0, 0, 0, 0, rdata.length, ...rdata,
    ]);

  const refused: [what: string, type: number, rdata: number[]][] = [
    ["an A record of three octets", TYPE.A, [1, 2, 3]],
    ["an AAAA record of four octets", TYPE.AAAA, [1, 2, 3, 4]],
    ["a TXT record without a string", TYPE.TXT, []],
    ["a TXT record cut inside a string", TYPE.TXT, [3, 0x61]],
    ["a CNAME with octets behind its name", TYPE.CNAME, [1, 0x62, 0, 7]],
    ["a CNAME whose name leaves its RDATA", TYPE.CNAME, [5, 0x62]],
    ["an empty NS record", TYPE.NS, []],
    ["an MX record without a name", TYPE.MX, [0, 10]],
    ["a SOA record cut short", TYPE.SOA, [0, 0, 1, 2, 3]],
  ];
  test.each(refused)("%s makes the message malformed", (_, type, rdata) => {
    expect(parseMessage(withRdata(type, rdata)).ok).toBe(false);
    expect(checkRdata(type, Uint8Array.from(rdata)).ok).toBe(false);
  });

  test("DNS-A-17 a TTL with the top bit set counts as 0", () => {
    expect(parseMessage(withRdata(TYPE.A, [1, 2, 3, 4]))).toMatchObject({ value: { answers: [{ ttl: 0 }] } });
  });

  test("compressed names in RDATA come out in full", () => {
    const message = round({
      ...empty,
      answers: [
        { name: "a.example", type: TYPE.CNAME, ttl: 0, data: nameData("b.example") },
        { name: "example", type: TYPE.SOA, ttl: 0, data: soaData(soa) },
        { name: "b.example", type: TYPE.SRV, ttl: 0, data: srvData },
      ],
    });
    expect(readName(message.answers[0]?.data ?? new Uint8Array(0))).toBe("b.example");
    expect(readSoa(message.answers[1]?.data ?? new Uint8Array(0))).toEqual(soa);
    expect(message.answers[2]?.data).toEqual(srvData);
  });

  test("names in RDATA are lower-case, whatever letters the question lent them", () => {
    const message = round({
      ...empty,
      questions: [{ name: "ExAmPlE", type: TYPE.NS, class: 1 }],
      answers: [{ name: "example", type: TYPE.NS, ttl: 0, data: nameData("ns.example") }],
    });
    expect(message.answers[0]?.data).toEqual(nameData("ns.example"));
  });

  test("what is read from a Buffer does not share its memory", () => {
    const bytes = Buffer.from(withRdata(TYPE.A, [1, 2, 3, 4]));
    const message = parseMessage(bytes);
    bytes.fill(0);
    expect(message).toMatchObject({ value: { answers: [{ data: Uint8Array.of(1, 2, 3, 4) }] } });
  });

  test("a record of another class keeps its class and is opaque", () => {
    const tsig = { name: "key.example", type: TYPE.TSIG, class: 255, ttl: 0, data: Uint8Array.of(1, 2) };
    expect(round({ ...empty, additional: [tsig] }).additional).toEqual([tsig]);
  });

  test("octets after the last record, lying counts and a short header are problems", () => {
    const bytes = formatMessage(empty);
    expect(parseMessage(Uint8Array.from([...bytes, 0])).ok).toBe(false);
    expect(parseMessage(bytes.subarray(0, 11)).ok).toBe(false);
    bytes[7] = 200;
    expect(parseMessage(bytes)).toMatchObject({ ok: false, offset: 4 });
  });
});

describe("EDNS", () => {
  const edns = { udpSize: 1232, version: 0, dnssecOk: true, extendedRcode: 1, options: [] };

  test("the response code has twelve bits", () => {
    const message = round({ ...empty, rcode: RCODE.BADVERS, edns });
    expect(message.rcode).toBe(RCODE.BADVERS);
    expect(rcodeName(message.rcode)).toBe("BADVERS");
    expect(rcodeName(3000)).toBe("RCODE3000");
  });

  test("DNS-C-01 two OPT records, or one with an owner, are a problem", () => {
    const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
    const header = (records: number): number[] => [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, records];
    expect(parseMessage(Uint8Array.from([...header(1), ...opt])).ok).toBe(true);
    expect(parseMessage(Uint8Array.from([...header(2), ...opt, ...opt])).ok).toBe(false);
    expect(parseMessage(Uint8Array.from([...header(1), 1, 0x61, ...opt])).ok).toBe(false);
  });

  test("an option longer than its record is a problem", () => {
    const bytes = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 4, 0, 3, 0, 9];
    expect(parseMessage(Uint8Array.from(bytes)).ok).toBe(false);
  });
});

describe("header and first question alone", () => {
  test("DNS-A-03 are read from a message whose rest is broken", () => {
    const bytes = formatMessage({ ...empty, opcode: 5, questions: [{ name: "A.Example", type: TYPE.TXT, class: 1 }] });
    bytes[11] = 9;
    expect(parseMessage(bytes).ok).toBe(false);
    expect(parseHeader(bytes)).toMatchObject({
      value: { id: 4660, opcode: 5, counts: { questions: 1, additional: 9 } },
    });
    expect(parseFirstQuestion(bytes)).toEqual({ ok: true, value: { name: "A.Example", type: TYPE.TXT, class: 1 } });
  });
});
