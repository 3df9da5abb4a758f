import { expect, test } from "vitest";
import { claimState, domainStatus } from "./domain-status.ts";

test.each([
  ["pending", ["absent", "absent"], "pending"],
  ["pending", ["present", "absent"], "pending"],
  ["pending", ["present", "wrong"], "failed"],
  ["pending", ["present", "present"], "pending"],
  ["pending", ["unknown", "unknown"], "pending"],
  ["verified", ["present", "present"], "valid"],
  ["verified", ["present", "absent"], "degraded"],
  ["verified", ["absent", "wrong"], "failed"],
  ["verified", ["present", "unknown"], "unknown"],
  ["suspended", ["present"], "failed"],
] as const)("a %s claim with records %j is %s", (claim, states, status) => {
  expect(domainStatus(claim, states)).toBe(status);
});

test("a claim is what was recorded last about it", () => {
  expect(claimState({ method: "cname-ring", verifiedAt: null, suspendedAt: null, releasedAt: null })).toBe("pending");
  expect(claimState({ method: "cname-ring", verifiedAt: 1, suspendedAt: null, releasedAt: null })).toBe("verified");
  expect(claimState({ method: "cname-ring", verifiedAt: 1, suspendedAt: 2, releasedAt: null })).toBe("suspended");
  expect(claimState({ method: "cname-ring", verifiedAt: 1, suspendedAt: null, releasedAt: 3 })).toBe("released");
  const vouched = { method: "third-party-domain", verifiedAt: null, suspendedAt: null };
  expect(claimState({ ...vouched, releasedAt: null })).toBe("vouched");
  expect(claimState({ ...vouched, releasedAt: 3 })).toBe("released");
});
