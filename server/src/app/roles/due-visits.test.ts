import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type DueDomain, DueVisits, inFairOrder } from "./due-visits.ts";

const domains = (count: number, tenantId = "t"): DueDomain[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${tenantId}${index}`, tenantId }));
const never = new AbortController().signal;

test("every tenant has its turn, however many domains of another are due", () => {
  const order = inFairOrder([...domains(50, "big"), ...domains(2, "small"), ...domains(1, "tiny")]);
  expect(
    order
      .slice(0, 3)
      .map(({ tenantId }) => tenantId)
      .sort(),
  ).toEqual(["big", "small", "tiny"]);
  expect(
    order
      .slice(3, 5)
      .map(({ tenantId }) => tenantId)
      .sort(),
  ).toEqual(["big", "small"]);
  expect(order).toHaveLength(53);
});

test("a page is begun as places become free, never more at once than there are, and no domain twice", async () => {
  let running = 0;
  let most = 0;
  const visited: string[] = [];
  const visits = new DueVisits(async ({ id }) => {
    most = Math.max(most, ++running);
    visited.push(id);
    await pause(1);
    running--;
  });
  expect(await visits.begin([...domains(100)], never)).toBe(true);
  expect(await visits.begin(domains(100).slice(0, 0), never)).toBe(false);
  await visits.finish();
  expect(most).toBe(32);
  expect(new Set(visited).size).toBe(100);
  expect(visited).toHaveLength(100);
});

test("visits that hang hold their places and nothing else; what fails is told at the next call", async () => {
  let release = (): void => {};
  const hanging = new Promise<void>((resolve) => (release = resolve));
  const visits = new DueVisits(() => hanging, 10);
  expect(await visits.begin(domains(33), never)).toBe(false);
  expect(await visits.begin(domains(32), never)).toBe(false); // all of them are being visited
  release();
  await visits.finish();
  const failing = new DueVisits(async () => Promise.reject(new Error("a bug")));
  await failing.begin(domains(1), never);
  await failing.finish();
  await expect(failing.begin([], never)).rejects.toThrow("a bug");
});
