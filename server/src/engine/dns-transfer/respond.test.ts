import {
  buildZone,
  diffZones,
  formatMessage,
  parseMessage,
  parseZoneFile,
  signRequest,
  soaData,
  TsigStream,
  tsigKeyFromText,
  TYPE,
  zoneSet,
  type Message,
  type TsigKey,
  type Zone,
  plainQuery,
} from "chancery/dns";
import { describe, expect, test } from "vitest";
import type { Reply, Via } from "../dns-server/answer-query.ts";
import { addressOctets } from "../dns-server/address-octets.ts";
import type { Served } from "../dns-server/served.ts";
import { createTransferResponder, type TransferOptions } from "./respond.ts";
import type { TransferEvent } from "./transfer-events.ts";

const now = 1_795_000_000;
const origin = "example.com";
const keyOf = (name: string, octet: number): TsigKey => {
  const key = tsigKeyFromText({ name, algorithm: "hmac-sha256", secret: Buffer.alloc(32, octet).toString("base64") });
  return key.ok ? key.value : expect.fail(key.problem);
};
const [oldKey, newKey, otherKey, unknownKey] = ["old", "new", "other", "unknown"].map((name, index) =>
  keyOf(`${name}.example`, index),
) as [TsigKey, TsigKey, TsigKey, TsigKey];

const bulk = `bulk 60 TXT ${`"${"x".repeat(250)}" `.repeat(4)}\n`;
const zoneOf = (text: string, serial: number, at = origin): Zone => {
  const records = parseZoneFile(`@ 60 SOA ns h ${serial} 7200 900 1209600 300\n${text}`, { origin: at });
  const zone = buildZone(at, records.ok ? records.value : expect.fail(records.problem));
  return zone.ok ? zone.value : expect.fail(zone.problem);
};
const before = zoneOf(`@ 60 NS ns\n${bulk}a 60 TXT one`, 1);
const zone = zoneOf(`@ 60 NS ns\n${bulk}a 60 TXT two`, 2);
const large = zoneOf(`@ 60 NS ns\n${bulk}b 60 TXT "y"`, 9, "large.example");
const largeBefore = zoneOf(`@ 60 NS ns\n${bulk.replaceAll("x", "z")}`, 8, "large.example");
const catalog = zoneOf("@ 60 NS invalid.", 5, "catalog.example");
const signedHere = { ...zoneOf("@ 60 NS ns", 3, "signed.example"), signing: {} } as Zone;
const served: Served = {
  zones: zoneSet([zone, large, catalog, signedHere], ["expired.example"]),
  history: (name) =>
    name === origin ? [diffZones(before, zone)] : name === "large.example" ? [diffZones(largeBefore, large)] : [],
};

const secondaries: TransferOptions["secondaries"] = [
  {
    name: "ns2",
    addresses: [
      { host: "192.0.2.2", port: 53 },
      { host: "2001:db8::2", port: 53 },
    ],
    keys: [newKey, oldKey],
  },
  { name: "ns3", addresses: [{ host: "192.0.2.3", port: 53 }], keys: [otherKey] },
];
const viaOf = (from: string, transport: Via["transport"] = "tcp"): Via => ({
  transport,
  from,
  octets: addressOctets(from),
});

function setUp(options: Partial<TransferOptions> = {}) {
  const events: TransferEvent[] = [];
  const responder = createTransferResponder({
    served: () => served,
    keys: [oldKey, newKey, otherKey],
    secondaries,
    now: () => now,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { respond: (query: Uint8Array, via: Via): Reply => responder.respond(query, via), events };
}

const queryOf = (type: number, name = origin, change: Partial<Message> = {}): Uint8Array =>
  formatMessage(plainQuery(name, type, { id: 7, ...change }));
const ixfrOf = (serial: number, name = origin, change: Partial<Message> = {}): Uint8Array => {
  const soa = { mname: ".", rname: ".", serial, refresh: 0, retry: 0, expire: 0, minimum: 0 };
  return queryOf(TYPE.IXFR, name, { authority: [{ name, type: TYPE.SOA, ttl: 0, data: soaData(soa) }], ...change });
};
const messageOf = (bytes: Uint8Array): Message => {
  const message = parseMessage(bytes);
  return message.ok ? message.value : expect.fail(message.problem);
};
const octetsOf = (reply: Reply | Promise<Reply>): Uint8Array[] =>
  reply === undefined ? [] : reply instanceof Uint8Array ? [reply] : [...(reply as Iterable<Uint8Array>)];

/** Asks, and checks every signature that comes back; the messages without them. */
function ask(
  respond: (query: Uint8Array, via: Via) => Reply,
  query: Uint8Array,
  key: TsigKey = newKey,
  via = viaOf("192.0.2.2"),
): Message[] {
  const request = signRequest(query, key, now);
  const stream = new TsigStream(key, request.mac);
  return octetsOf(respond(request.message, via)).map((bytes) => {
    const verified = stream.verify(bytes, now);
    return messageOf(verified.signature === "valid" ? verified.message : expect.fail(JSON.stringify(verified)));
  });
}

describe("a transfer", () => {
  test("DNS-D-11 goes to a secondary's key at its address", () => {
    const { respond, events } = setUp();
    const messages = ask(respond, queryOf(TYPE.AXFR));
    expect(messages.flatMap(({ answers }) => answers).map(({ type }) => type)).toEqual([6, 2, 16, 16, 6]);
    expect(events).toMatchObject([
      { event: "sent", secondary: "ns2", from: "192.0.2.2", origin, sent: "axfr", serial: 2, messages: 1 },
    ]);
  });

  test.each([
    ["with the key that is being replaced", oldKey, "192.0.2.2"],
    ["from its other address", newKey, "2001:db8::2"],
    ["from that address in another form", newKey, "2001:DB8:0::2"],
  ])("DNS-D-15 %s too", (_, key, from) => {
    const { respond } = setUp();
    expect(ask(respond, queryOf(TYPE.AXFR), key, viaOf(from))[0]).toMatchObject({ rcode: 0, authoritative: true });
  });

  const denied: [string, Uint8Array, TsigKey, Via, number, string][] = [
    ["DNS-D-11 the right key at a wrong address", queryOf(TYPE.AXFR), newKey, viaOf("192.0.2.9"), 5, "not-a-secondary"],
    ["DNS-D-11 the key of another secondary", queryOf(TYPE.AXFR), otherKey, viaOf("192.0.2.2"), 5, "not-a-secondary"],
    ["DNS-D-10 an unknown zone", queryOf(TYPE.AXFR, "example.net"), newKey, viaOf("192.0.2.2"), 9, "not-served"],
    ["DNS-D-10 a name in a zone", queryOf(TYPE.AXFR, "a.example.com"), newKey, viaOf("192.0.2.2"), 9, "not-served"],
    [
      "a zone that cannot be served now",
      queryOf(TYPE.AXFR, "expired.example"),
      newKey,
      viaOf("192.0.2.2"),
      2,
      "not-served",
    ],
    [
      "a zone that is signed as it is asked",
      queryOf(TYPE.AXFR, "signed.example"),
      newKey,
      viaOf("192.0.2.2"),
      5,
      "signed-here",
    ],
    [
      "an unknown zone to whom is no secondary",
      queryOf(TYPE.AXFR, "example.net"),
      newKey,
      viaOf("192.0.2.9"),
      5,
      "not-a-secondary",
    ],
    ["IXFR without a SOA", queryOf(TYPE.IXFR), newKey, viaOf("192.0.2.2"), 1, "malformed"],
  ];
  test.each(denied)("is denied for %s, and the denial signed", (_, query, key, via, rcode, reason) => {
    const { respond, events } = setUp();
    const [message] = ask(respond, query, key, via);
    expect(message).toMatchObject({ id: 7, response: true, rcode, answers: [] });
    expect(events).toMatchObject([{ event: "denied", reason, keyName: key.name, from: via.from }]);
  });

  test("R-26 DNS-D-10 is refused without a signature, whoever asks, whatever the zone", () => {
    for (const name of [origin, "example.net", "catalog.example"])
      for (const query of [queryOf(TYPE.AXFR, name), ixfrOf(1, name)]) {
        const { respond, events } = setUp();
        const reply = octetsOf(respond(query, viaOf("192.0.2.2"))).map(messageOf);
        expect(reply).toMatchObject([{ id: 7, rcode: 5, answers: [], authority: [], additional: [] }]);
        expect(events).toMatchObject([{ event: "denied", reason: "not-signed", origin: name }]);
      }
  });

  test("DNS-D-16 with a key that nobody has is NOTAUTH, and tells who it was", () => {
    const { respond, events } = setUp();
    const { message } = signRequest(queryOf(TYPE.AXFR), unknownKey, now);
    expect(octetsOf(respond(message, viaOf("192.0.2.2"))).map(messageOf)).toMatchObject([{ rcode: 9, answers: [] }]);
    expect(events).toEqual([
      { event: "denied", from: "192.0.2.2", origin: undefined, keyName: "unknown.example", reason: "BADKEY" },
    ]);
  });

  test("answers EDNS with EDNS, denials with the reason", () => {
    const { respond } = setUp();
    const edns = { udpSize: 4096, version: 0, dnssecOk: true, extendedRcode: 0, options: [] };
    expect(ask(respond, queryOf(TYPE.AXFR, origin, { edns }))[0]?.edns).toMatchObject({ dnssecOk: true });
    expect(ask(respond, queryOf(TYPE.AXFR, "example.net", { edns }))[0]?.edns?.options).toEqual([
      { code: 15, data: Uint8Array.of(0, 20) },
    ]);
  });

  test("DNS-D-09 is of the version at its beginning, also when the zone changes meanwhile", () => {
    let current = served;
    const { respond } = setUp({ served: () => current });
    const request = signRequest(queryOf(TYPE.AXFR), newKey, now);
    const messages = (respond(request.message, viaOf("192.0.2.2")) as Iterable<Uint8Array>)[Symbol.iterator]();
    current = { zones: zoneSet([zoneOf("@ 60 NS other", 77)]), history: () => [] };
    const first = messages.next();
    expect(messageOf(first.value as Uint8Array).answers).toHaveLength(5);
    expect(ask(respond, queryOf(TYPE.SOA))[0]?.answers[0]?.data.subarray(-20, -16)).toEqual(Uint8Array.of(0, 0, 0, 77));
  });

  test("gives its place back at its end and when it is broken off; no place is a matter of time", () => {
    const { respond, events } = setUp({ limits: { transfersMax: 2, transfersPerSecondaryMax: 1 } });
    const begin = (key: TsigKey, from: string): Reply =>
      respond(signRequest(queryOf(TYPE.AXFR), key, now).message, viaOf(from));
    const first = begin(newKey, "192.0.2.2") as IterableIterator<Uint8Array>;
    expect(ask(respond, queryOf(TYPE.AXFR))).toMatchObject([{ rcode: 2 }]);
    expect(ask(respond, queryOf(TYPE.AXFR), otherKey, viaOf("192.0.2.3"))).toMatchObject([{ rcode: 0 }]);
    first.next();
    first.return?.();
    first.return?.();
    expect(events.map(({ event }) => event)).toEqual(["denied", "sent", "broken-off"]);
    expect(events[0]).toMatchObject({ reason: "too-many-transfers" });
    expect(ask(respond, queryOf(TYPE.AXFR))).toMatchObject([{ rcode: 0 }]);
  });
});

describe("IXFR", () => {
  const types = (messages: readonly Message[]): number[] =>
    messages.flatMap(({ answers }) => answers.map(({ type }) => type));

  test.each<[string, Uint8Array, number[]]>([
    ["of the version before: what changed", ixfrOf(1), [6, 6, 16, 6, 16, 6]],
    ["of the current version: one SOA", ixfrOf(2), [6]],
    ["of a later version: one SOA", ixfrOf(3), [6]],
    ["of an unknown version: all of the zone", ixfrOf(0), [6, 2, 16, 16, 6]],
  ])("DNS-D-12 over TCP, %s", (_, query, expected) => {
    const { respond } = setUp();
    expect(types(ask(respond, query))).toEqual(expected);
  });

  test.each<[string, Uint8Array, number[]]>([
    ["what changed", ixfrOf(1), [6, 6, 16, 6, 16, 6]],
    ["one SOA to who has the current version", ixfrOf(2), [6]],
    ["one SOA for what does not fit", ixfrOf(8, "large.example"), [6]],
    ["one SOA for all of the zone", ixfrOf(0), [6]],
  ])("DNS-D-12 over UDP, %s", (_, query, expected) => {
    const { respond } = setUp();
    const [message, ...more] = ask(respond, query, newKey, viaOf("192.0.2.2", "udp"));
    expect(types(message ? [message] : [])).toEqual(expected);
    expect(message?.truncated).toBe(false);
    expect(more).toEqual([]);
  });
});

test("R-23 over UDP a flood of requests that nobody signed gets few answers, and secondaries theirs", () => {
  let seconds = now;
  const { respond } = setUp({ now: () => seconds });
  const udp = viaOf("192.0.2.2", "udp");
  const answered = (): number =>
    Array.from({ length: 1000 }, () => respond(ixfrOf(1), udp)).filter((reply) => reply !== undefined).length;
  expect([answered(), answered()]).toEqual([200, 0]);
  expect(ask(respond, queryOf(TYPE.SOA), newKey, udp)).toMatchObject([{ rcode: 0 }]);
  expect(respond(queryOf(TYPE.AXFR), viaOf("192.0.2.9"))).toBeDefined();
  seconds++;
  expect(answered()).toBe(200);
});

test("DNS-D-05 AXFR over UDP gets no records", () => {
  const { respond } = setUp();
  expect(ask(respond, queryOf(TYPE.AXFR), newKey, viaOf("192.0.2.2", "udp"))).toMatchObject([
    { rcode: 1, answers: [] },
  ]);
});

describe("a signed query", () => {
  test("is answered and signed", () => {
    const { respond } = setUp({ nsid: Uint8Array.of(1) });
    const [message] = ask(respond, queryOf(TYPE.SOA), newKey, viaOf("192.0.2.2", "udp"));
    expect(message).toMatchObject({ authoritative: true, answers: [{ type: TYPE.SOA }] });
  });

  test("DNS-D-25 for a catalog is answered to secondaries, and REFUSED to all others", () => {
    const { respond } = setUp();
    const soa = queryOf(TYPE.SOA, "catalog.example");
    expect(ask(respond, soa)).toMatchObject([{ rcode: 0, answers: [{ type: TYPE.SOA }] }]);
    expect(ask(respond, soa, newKey, viaOf("192.0.2.9"))).toMatchObject([{ rcode: 5, answers: [] }]);
    expect(ask(respond, queryOf(TYPE.AXFR, "catalog.example"))).toMatchObject([
      { answers: [{ type: 6 }, { type: 2 }, { type: 6 }] },
    ]);
  });

  test("whose answer has no room for a signature gets TC over UDP, and all over TCP", () => {
    const name = `bulk.${origin}`;
    const { respond } = setUp();
    const edns = { udpSize: 1100, version: 0, dnssecOk: false, extendedRcode: 0, options: [] };
    const query = queryOf(TYPE.TXT, name, { edns });
    const [overUdp] = ask(respond, query, newKey, viaOf("192.0.2.2", "udp"));
    expect(overUdp).toMatchObject({ truncated: true, answers: [], questions: [{ name }], edns: { udpSize: 1232 } });
    expect(ask(respond, query)[0]?.answers).toHaveLength(1);
  });

  test("of another kind gets a signed NOTIMP", () => {
    const { respond } = setUp();
    expect(ask(respond, queryOf(TYPE.SOA, origin, { opcode: 5 }))).toMatchObject([{ rcode: 4 }]);
  });
});

describe("R-27 NOTIFY to us", () => {
  const notify = (name: string): Uint8Array => queryOf(TYPE.SOA, name, { opcode: 4, authoritative: true });
  test.each([
    [origin, 5],
    ["eXample.com", 5],
    ["example.net", 9],
    ["catalog.example", 9],
  ])("about %s is not taken, and never left without an answer", (name, rcode) => {
    const { respond } = setUp();
    expect(octetsOf(respond(notify(name), viaOf("192.0.2.9", "udp"))).map(messageOf)).toMatchObject([
      { opcode: 4, rcode },
    ]);
    expect(ask(respond, notify(name))).toMatchObject([{ opcode: 4, rcode }]);
  });
});
