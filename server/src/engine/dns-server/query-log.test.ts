import { AnswerFacts, formatMessage, TYPE, plainQuery } from "chancery/dns";
import { expect, test } from "vitest";
import { sampleQueries, type LoggedQuery } from "./query-log.ts";

const query = formatMessage(plainQuery("s1._domainkey.example.com", TYPE.TXT, { id: 1 }));
const facts = Object.assign(new AnswerFacts(), { type: TYPE.TXT, rcode: 3 });
const ipv6 = Uint8Array.from([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 1]);

test.each([
  ["IPv4", Uint8Array.of(192, 0, 2, 77), "192.0.2.0/24"],
  ["IPv6", ipv6, "2001:db8:0:1200::/56"],
])("a logged query has name, type, RCODE and the network of its client, not the %s address", (_, octets, client) => {
  const lines: LoggedQuery[] = [];
  sampleQueries(
    1,
    () => 0,
    (line) => lines.push(line),
  )(facts, { transport: "udp", from: "", octets }, "send", query);
  expect(lines).toEqual([
    { name: "s1._domainkey.example.com", type: "TXT", rcode: "NXDOMAIN", client, transport: "udp", verdict: "send" },
  ]);
});

test("every so many-th query is logged, and no more than a hundred a second", () => {
  let nowMs = 0;
  let lines = 0;
  const log = sampleQueries(
    10,
    () => nowMs,
    () => lines++,
  );
  const ask = (count: number): void => {
    for (let asked = 0; asked < count; asked++) log(facts, { transport: "udp", from: "", octets: ipv6 }, "send", query);
  };
  ask(500);
  expect(lines).toBe(50);
  ask(5000);
  expect(lines).toBe(100);
  nowMs = 1000;
  ask(10);
  expect(lines).toBe(101);
});

test("a query that cannot be read is logged as such", () => {
  const lines: LoggedQuery[] = [];
  const log = sampleQueries(
    1,
    () => 0,
    (line) => lines.push(line),
  );
  log(facts, { transport: "tcp", from: "", octets: ipv6 }, "drop", query.subarray(0, 15));
  expect(lines[0]).toMatchObject({ name: "(unreadable)", transport: "tcp", verdict: "drop" });
});
