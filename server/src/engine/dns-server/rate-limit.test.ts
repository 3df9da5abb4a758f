import { AnswerFacts, type AnswerKind } from "chancery/dns";
import { expect, test } from "vitest";
import { createRateLimiter, type RateLimits } from "./rate-limit.ts";

const victim = Uint8Array.of(192, 0, 2, 7);

const factsOf = (kind: AnswerKind, name = 1, zone = 0): AnswerFacts =>
  Object.assign(new AnswerFacts(), { kind, nameHash: name, zone, type: 16 });

/** A limiter whose clock stands still until it is moved. */
function limiterOf(limits: Partial<RateLimits> = {}) {
  const clock = { ms: 1000 };
  const limiter = createRateLimiter({ responsesPerSecond: 10, slip: 2, ...limits }, () => clock.ms);
  const ask = (count: number, facts: AnswerFacts, client: Uint8Array = victim) => {
    const verdicts = { send: 0, drop: 0, slip: 0 };
    for (let asked = 0; asked < count; asked++) verdicts[limiter.judge(facts, client)]++;
    return verdicts;
  };
  return { ask, clock };
}

test("DNS-C-22 of equal answers to one prefix a second's worth is sent; of the rest every second one goes out empty with TC", () => {
  expect(limiterOf().ask(100, factsOf("positive"))).toEqual({ send: 10, slip: 45, drop: 45 });
  expect(limiterOf({ slip: 0 }).ask(100, factsOf("positive"))).toEqual({ send: 10, slip: 0, drop: 90 });
});

test.each<[string, Uint8Array, "shared" | "own"]>([
  ["another address of the same IPv4 /24", Uint8Array.of(192, 0, 2, 200), "shared"],
  ["an address of another IPv4 /24", Uint8Array.of(192, 0, 3, 7), "own"],
])("DNS-C-22 %s has a limit that is %s", (_, other, limit) => {
  const { ask } = limiterOf();
  ask(10, factsOf("positive"));
  expect(ask(5, factsOf("positive"), other).send).toBe(limit === "own" ? 5 : 0);
});

test("DNS-C-22 an IPv6 /56 is one client", () => {
  const address = (last: number, seventh: number): Uint8Array => {
    const octets = new Uint8Array(16);
    octets.set([0x20, 0x01, 0x0d, 0xb8, 0, 0, seventh]);
    octets[15] = last;
    return octets;
  };
  const { ask } = limiterOf();
  ask(10, factsOf("positive"), address(1, 1));
  expect(ask(5, factsOf("positive"), address(2, 1)).send).toBe(0);
  expect(ask(5, factsOf("positive"), address(1, 2)).send).toBe(5);
});

test.each<[string, AnswerFacts, AnswerFacts, "one" | "two"]>([
  ["answers about two names", factsOf("positive", 1), factsOf("positive", 2), "two"],
  ["NODATA about two names", factsOf("nodata", 1), factsOf("nodata", 2), "two"],
  ["an answer and NODATA", factsOf("positive"), factsOf("nodata"), "two"],
  ["NXDOMAIN for two names of a zone", factsOf("nxdomain", 1), factsOf("nxdomain", 2), "one"],
  ["NXDOMAIN in two zones", factsOf("nxdomain", 1, 0), factsOf("nxdomain", 1, 1), "two"],
  ["errors about two names", factsOf("error", 1), factsOf("error", 2, 1), "one"],
])("DNS-C-22 %s count as %s", (_, first, second, counted) => {
  const { ask } = limiterOf();
  ask(10, first);
  expect(ask(5, second).send).toBe(counted === "two" ? 5 : 0);
});

test("all answers to one prefix have a limit as well, so that many names do not amplify either", () => {
  const { ask } = limiterOf();
  let sent = 0;
  for (let name = 0; name < 2000; name++) sent += ask(1, factsOf("positive", name)).send;
  expect(sent).toBe(400);
});

test("who goes on asking stays limited; who is quiet for a while is served again", () => {
  const { ask, clock } = limiterOf();
  ask(1000, factsOf("positive"));
  clock.ms += 1000;
  expect(ask(5, factsOf("positive")).send).toBe(0);
  clock.ms += 6000;
  expect(ask(5, factsOf("positive")).send).toBe(5);
});

test("a flood from others does not use up the limit of a quiet client", () => {
  const { ask } = limiterOf();
  for (let net = 0; net < 20_000; net++) ask(1, factsOf("positive", net), Uint8Array.of(10, net >> 8, net, 1));
  expect(ask(10, factsOf("positive")).send).toBe(10);
});

test("loopback is not limited", () => {
  const loopback6 = new Uint8Array(16);
  loopback6[15] = 1;
  for (const client of [Uint8Array.of(127, 53, 0, 1), loopback6]) {
    expect(limiterOf().ask(1000, factsOf("error"), client).send).toBe(1000);
  }
});
