import { AnswerFacts, TYPE } from "chancery/dns";
import { expect, test } from "vitest";
import type { Via } from "./answer-query.ts";
import { QueryCounter } from "./query-statistics.ts";

const via = (transport: "udp" | "tcp"): Via => ({ transport, from: "192.0.2.1", octets: Uint8Array.of(192, 0, 2, 1) });
const facts = (type: number, rcode = 0): AnswerFacts => Object.assign(new AnswerFacts(), { type, rcode });

test("queries are counted by transport, type, RCODE and what the limiter did", () => {
  const counter = new QueryCounter();
  counter.answered(facts(TYPE.TXT), via("udp"), "send");
  counter.answered(facts(TYPE.TXT, 3), via("udp"), "drop");
  counter.answered(facts(TYPE.TXT, 3), via("udp"), "slip");
  counter.answered(facts(65_280, 5), via("tcp"), "send");
  expect(counter.read()).toMatchObject({
    udp: 3,
    tcp: 1,
    byType: { TXT: 3, other: 1 },
    byRcode: { NOERROR: 1, NXDOMAIN: 2, REFUSED: 1 },
    dropped: 1,
    slipped: 1,
  });
});

test("times fall below the bound that holds them", () => {
  const counter = new QueryCounter();
  for (const microseconds of [0.5, 1, 1.5, 300, 1e6]) counter.timed(microseconds);
  const { bounds, counts, count, sumMicroseconds } = counter.read().latency;
  expect(bounds.flatMap((bound, index) => (counts[index] === 0 ? [] : [[bound, counts[index]]]))).toEqual([
    [1, 2],
    [2, 1],
    [500, 1],
    [Infinity, 1],
  ]);
  expect([count, sumMicroseconds]).toEqual([5, 1_000_303]);
});
