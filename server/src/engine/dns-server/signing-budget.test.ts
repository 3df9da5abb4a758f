import { expect, test } from "vitest";
import { createSigningBudget } from "./signing-budget.ts";

/** Signatures of 1 ms each, asked for without a pause over so many seconds; how many were made. */
function flood(seconds: number): number {
  let ms = 0;
  const budget = createSigningBudget(() => ms);
  let made = 0;
  while (ms < seconds * 1000) {
    if (budget.begin("passing")) {
      made++;
      ms += 1;
      budget.end();
    } else ms += 0.25;
  }
  return made;
}

test("signatures for names that nobody has take a fifth of the time, however many are asked for", () => {
  expect(flood(10)).toBeGreaterThan(2000);
  expect(flood(10)).toBeLessThan(2200);
});

test("names of a zone are signed always, and soon leave room for others again", () => {
  let ms = 0;
  const budget = createSigningBudget(() => ms);
  for (let made = 0; made < 1000; made++) {
    expect(budget.begin("kept")).toBe(true);
    ms += 1;
    budget.end();
  }
  expect(budget.begin("passing")).toBe(false);
  ms += 1000;
  expect(budget.begin("passing")).toBe(true);
});
