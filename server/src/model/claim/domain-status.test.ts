import { expect, test } from "vitest";
import { claimState, domainStatus, statusWith } from "./domain-status.ts";

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

test.each([
  ["valid", [], "valid"],
  ["valid", ["TargetMissing"], "degraded"],
  ["valid", ["LameDelegation"], "degraded"],
  ["valid", ["ParentMismatch"], "degraded"],
  ["valid", ["ResolversDisagree"], "degraded"],
  ["valid", ["TakeoverRisk"], "degraded"],
  ["valid", ["ActiveKeyBogus"], "degraded"],
  ["valid", ["ActiveKeyLost"], "degraded"],
  ["valid", ["NoActiveKey"], "degraded"],
  ["valid", ["RevokedKeyPublic"], "degraded"],
  ["valid", ["UnknownKey"], "degraded"],
  ["valid", ["AliasChainTooLong", "KeyOld", "KeyWeak", "WildcardInTheWay", "SeriesRunningOut"], "valid"],
  ["pending", ["TakeoverRisk"], "pending"],
  ["failed", ["TargetMissing"], "failed"],
  ["unknown", ["TargetMissing"], "unknown"],
] as const)("a %s domain of which %j is told is %s", (status, codes, shown) => {
  expect(
    statusWith(
      status,
      codes.map((code) => ({ code })),
    ),
  ).toBe(shown);
});
