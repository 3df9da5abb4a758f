import { expect, test } from "vitest";
import { DEFAULT_RETRY_POLICY, retryDelaySeconds } from "./retry.ts";

test("F-42 five minutes, doubling, never over four hours", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 99, 5000].map((n) => retryDelaySeconds(n, DEFAULT_RETRY_POLICY, 0.5));
  expect(waits).toEqual([300, 600, 1200, 2400, 4800, 9600, 14_400, 14_400, 14_400, 14_400]);
});

test("the jitter is a tenth either way", () => {
  expect(retryDelaySeconds(1, DEFAULT_RETRY_POLICY, 0)).toBeCloseTo(270);
  expect(retryDelaySeconds(1, DEFAULT_RETRY_POLICY, 1)).toBeCloseTo(330);
});
