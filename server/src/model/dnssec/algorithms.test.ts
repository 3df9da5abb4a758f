import { expect, test } from "vitest";
import { readZoneAlgorithm } from "./algorithms.ts";

test.each<[string | number, 13 | 15]>([
  [13, 13],
  ["13", 13],
  ["ECDSAP256SHA256", 13],
  [15, 15],
  ["ed25519", 15],
])("DNS-E-01 %s is taken", (written, algorithm) => {
  expect(readZoneAlgorithm(written)).toEqual({ ok: true, algorithm });
});

test.each([
  [5, "must not be used to sign"],
  [7, "must not be used to sign"],
  [8, "checks such signatures and does not make them"],
  ["rsasha1", 'no algorithm "rsasha1" is known here'],
  ["__proto__", "is known here"],
])("DNS-E-01 %s is refused with the reason and what to use", (written, reason) => {
  const read = readZoneAlgorithm(written);
  expect(read).toEqual({ ok: false, problem: expect.stringContaining(reason) as string });
  expect(!read.ok && read.problem).toContain("use 13 (ECDSA P-256, the default) or 15 (Ed25519)");
});
