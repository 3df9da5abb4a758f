import {
  buildZone,
  formatMessage,
  parseMessage,
  parseZoneFile,
  TYPE,
  zoneSet,
  type Message,
  plainQuery,
} from "chancery/dns";
import { expect, test } from "vitest";
import type { Via } from "./answer-query.ts";
import { createResponder, type ResponderOptions } from "./respond.ts";

const records = parseZoneFile("@ 60 SOA ns h 1 7200 900 1209600 300\n@ 60 NS ns\nns 60 A 192.0.2.1", {
  origin: "example.com",
});
const zone = buildZone("example.com", records.ok ? records.value : expect.fail(records.problem));
const zones = zoneSet([zone.ok ? zone.value : expect.fail(zone.problem)]);
const client = { from: "192.0.2.9", octets: Uint8Array.of(192, 0, 2, 9) };
const udp: Via = { transport: "udp", ...client };
const tcp: Via = { transport: "tcp", ...client };

const respond = (options: Partial<ResponderOptions> = {}) =>
  createResponder({ served: () => ({ zones, history: () => [] }), ...options });

const query = (type: number, parts: Partial<Message> = {}): Uint8Array =>
  formatMessage(plainQuery("nS.example.com", type, { id: 7, ...parts }));
const edns = { udpSize: 1232, version: 0, dnssecOk: false, extendedRcode: 0, options: [] };
const message = (octets: unknown): Message => {
  const parsed = parseMessage(octets instanceof Uint8Array ? octets : expect.fail("one message was expected"));
  return parsed.ok ? parsed.value : expect.fail(parsed.problem);
};

test.each([
  ["an ordinary query", query(TYPE.A), 1],
  ["a query with EDNS", query(TYPE.A, { edns }), 1],
])("%s is answered from the zones", (_, octets, answers) => {
  expect(message(respond()(octets, udp)).answers).toHaveLength(answers);
});

test.each([
  ["AXFR", query(TYPE.AXFR)],
  ["IXFR", query(TYPE.IXFR)],
  ["NOTIFY", query(TYPE.SOA, { opcode: 4 })],
  [
    "a query with a TSIG at its end",
    query(TYPE.SOA, { additional: [{ name: "k", type: TYPE.TSIG, ttl: 0, data: new Uint8Array(1) }] }),
  ],
])("%s is left to those who know the secondaries", (_, octets) => {
  const mine = Uint8Array.of(1);
  expect(respond({ transfers: { respond: () => mine } })(octets, tcp)).toBe(mine);
});

test("DNS-C-22 a reply that slips is header, question and OPT with TC; a dropped one is silence; over TCP nothing is limited", () => {
  const limiter = (verdict: "slip" | "drop") => ({ limiter: { judge: () => verdict } }) as const;
  const slipped = respond(limiter("slip"))(query(TYPE.A, { edns }), udp);
  expect(message(slipped)).toMatchObject({ id: 7, truncated: true, answers: [], edns: { udpSize: 1232 } });
  expect(message(slipped).questions[0]?.name).toBe("nS.example.com");
  expect((slipped as Uint8Array).length).toBe(query(TYPE.A, { edns }).length);
  expect(message(respond(limiter("slip"))(query(TYPE.A), udp)).edns).toBeUndefined();
  expect(respond(limiter("drop"))(query(TYPE.A), udp)).toBeUndefined();
  expect(message(respond(limiter("drop"))(query(TYPE.A), tcp)).answers).toHaveLength(1);
});

test("each answer is observed with what it was, responses to us are not", () => {
  const seen: string[] = [];
  const answers = respond({
    observer: { answered: ({ kind, type, rcode }) => seen.push(`${kind} ${type} ${rcode}`), timed: () => {} },
  });
  answers(query(TYPE.A), udp);
  answers(query(TYPE.MX), tcp);
  answers(query(TYPE.A, { questions: [{ name: "no.example.com", type: 1, class: 1 }] }), udp);
  answers(query(TYPE.A, { questions: [{ name: "example.net", type: 1, class: 1 }] }), udp);
  answers(query(TYPE.A, { response: true }), udp);
  expect(seen).toEqual(["positive 1 0", "nodata 15 0", "nxdomain 1 3", "error 1 5"]);
});

test("of every so many queries the time of one is taken", () => {
  let timed = 0;
  const observer = { answered: () => {}, timed: () => timed++ };
  const answers = respond({ observer, timedOf: 4 });
  for (let asked = 0; asked < 40; asked++) answers(query(TYPE.A), udp);
  expect(timed).toBe(10);
});
