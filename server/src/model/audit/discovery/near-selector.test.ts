import { expect, test } from "vitest";
import { isNearSelector } from "./near-selector.ts";

test.each<[one: string, other: string, near: boolean]>([
  ["selector1", "selector-1", true],
  ["selector1", "selector_1", true],
  ["s1", "sl", true],
  ["s1", "si", true],
  ["k1", "kl", true],
  ["k10", "k1o", true],
  ["selector1", "slector1", true],
  ["selector1", "selectro1", true],
  ["selector1", "selectors1", true],
  ["mandrill", "mandril", true],
  ["s1", "s1", false],
  ["s1", "s2", false],
  ["s1", "k1", false],
  ["selector1", "selector2", false],
  ["feb2026", "feb2025", false],
  ["feb2026", "mar2026", false],
  ["default", "google", false],
  ["default", "default".repeat(20), false],
])("AUD-C-08 %s and %s: %s", (one, other, near) => {
  expect(isNearSelector(one, other)).toBe(near);
  expect(isNearSelector(other, one)).toBe(near);
});
