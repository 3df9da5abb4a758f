import { expect, test } from "vitest";
import { inItsPlace, nextLookAt } from "./schedule.ts";

const day = 86_400;

test("what waits for a second look comes after the answers' time, then ever later, and never as often as that for ever", () => {
  const waits: number[] = [];
  let earlyLooks = 0;
  for (let turn = 0; turn < 10; turn++) {
    const next = nextLookAt("example.com", day, 1_000_000, { after: "unsettled", earlyLooks, ttlSeconds: 1200 });
    waits.push(next.dueAt - 1_000_000);
    earlyLooks = next.earlyLooks;
  }
  expect(waits.slice(0, 7)).toEqual([1200, 2400, 4800, 9600, 19_200, 38_400, 76_800]);
  for (const wait of waits.slice(7)) expect(wait).toBeGreaterThanOrEqual(day / 2);
});

const first: [ttl: number, wait: number][] = [
  [0, 900],
  [899, 900],
  [1800, 1800],
  [999_999, 3600],
];
test.each(first)("answers with a TTL of %i s are asked for again after %i s", (ttlSeconds, wait) => {
  expect(nextLookAt("example.com", day, 0, { after: "unsettled", earlyLooks: 0, ttlSeconds }).dueAt).toBe(wait);
});

test("a domain that settles starts anew", () => {
  expect(nextLookAt("example.com", day, 0, { after: "settled", earlyLooks: 7, ttlSeconds: 60 }).earlyLooks).toBe(0);
});

test("domains that all came due at once are spread over the whole interval again", () => {
  const hours = new Map<number, number>();
  for (let index = 0; index < 24_000; index++) {
    const hour = Math.floor((inItsPlace(`d${index}.example`, day, 5_000_000) % day) / 3600);
    hours.set(hour, (hours.get(hour) ?? 0) + 1);
  }
  expect(hours.size).toBe(24);
  for (const count of hours.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
});
