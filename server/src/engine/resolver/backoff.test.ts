import { expect, test } from "vitest";
import { Backoff } from "./backoff.ts";

test("RES-05 a silent server rests for a second, twice as long after each silence, five minutes at most", () => {
  let now = 100;
  const backoff = new Backoff(() => now);
  const rests: number[] = [];
  for (let silences = 0; silences < 11; silences++) {
    backoff.silent("a");
    backoff.silent("a"); // of another question that was under way
    const from = now;
    while (backoff.isResting("a")) now += 0.5;
    rests.push(now - from);
  }
  expect(rests).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect(backoff.isResting("b")).toBe(false);
});

test("RES-05 an answer ends the rests", () => {
  let now = 100;
  const backoff = new Backoff(() => now);
  backoff.silent("a");
  now += 2;
  backoff.silent("a");
  backoff.doubt("a");
  expect([backoff.isResting("a"), backoff.isDoubted("a")]).toEqual([true, true]);
  backoff.answered("a");
  expect([backoff.isResting("a"), backoff.isDoubted("a")]).toEqual([false, false]);
  backoff.silent("a");
  now += 1;
  expect(backoff.isResting("a")).toBe(false);
});
