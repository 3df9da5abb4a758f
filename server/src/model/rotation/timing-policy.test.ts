import { describe, expect, test } from "vitest";
import { parseTimingPolicy } from "./timing-policy-parse.ts";
import {
  drainWaitSeconds,
  settleWaitSeconds,
  signingRoles,
  timingPresets,
  visibilityWaitSeconds,
} from "./timing-policy.ts";

const policy = timingPresets.default;
const customer = { zone: "example.com", positiveTtlSeconds: 14_400, negativeTtlSeconds: 3600 };
const ours = { zone: "dkim.esp.example", positiveTtlSeconds: 3600, negativeTtlSeconds: 300 };

describe("the wait for visibility, W", () => {
  test.each([
    ["a name that never existed waits for negative answers alone", [customer, ours], "new", 3600 + 900],
    ["a name that had another value waits for that as well", [customer, ours], "changed", 14_400 + 900],
    [
      "a long negative TTL counts although the positive one is short (S22)",
      [{ ...ours, negativeTtlSeconds: 86_400 }],
      "changed",
      86_400 + 900,
    ],
    [
      "a positive TTL counts for a week at most",
      [{ ...ours, positiveTtlSeconds: 31_536_000 }],
      "changed",
      604_800 + 900,
    ],
    [
      "a zone that tells no negative TTL is taken to keep it for three hours",
      [{ zone: "example.com", positiveTtlSeconds: 60 }],
      "new",
      10_800 + 900,
    ],
  ] as const)("%s", (_, steps, history, expected) => {
    expect(visibilityWaitSeconds(steps, history, policy)).toBe(expected);
  });
});

test("the drain, D, is the lease, the longest way of a message and the clock error", () => {
  expect(drainWaitSeconds(policy)).toBe(600 + (5 * 86_400 + 5 * 86_400 + 4 * 3600) + 7200);
});

test("a signature that expires earlier ends the drain earlier", () => {
  const short = { ...policy, relaySignatureLifetimeSeconds: 1000, milterSignatureLifetimeSeconds: 2000 };
  expect(drainWaitSeconds(short)).toBe(600 + 2000 + 7200);
});

test("caches keep a withdrawn record for its TTL", () => {
  expect(settleWaitSeconds(3600, policy)).toBe(4500);
});

test.each(Object.entries(timingPresets))(
  "I-9 DKIM-S-10 with the preset %s a signature outlives its message",
  (_, preset) => {
    for (const role of signingRoles(preset)) expect(role.lifetimeSeconds).toBeGreaterThan(role.inFlightSeconds);
  },
);

describe("a policy in the configuration", () => {
  test.each([
    [undefined, timingPresets.default],
    ["default", timingPresets.default],
    ["lab", timingPresets.lab],
    [{ record_ttl_seconds: 60 }, { ...policy, recordTtlSeconds: 60 }],
    [{ recordTtlSeconds: 60 }, { ...policy, recordTtlSeconds: 60 }],
  ])("%j is understood", (setting, value) => {
    expect(parseTimingPolicy(setting)).toEqual({ ok: true, value });
  });

  test.each([
    ["fast", '"fast" is not a rotation policy: use default, lab, or a map of durations'],
    [[1], "a rotation policy is default, lab, or a map of durations"],
    [
      { record_tll_seconds: 60 },
      "record_tll_seconds is not a duration of a rotation; did you mean record_ttl_seconds?",
    ],
    [{ record_ttl_seconds: "1h" }, "record_ttl_seconds: must be a whole number"],
    [{ record_ttl_seconds: 0 }, "record_ttl_seconds: must be from 1 to 315360000"],
    [{ confirm_rounds: 99 }, "confirm_rounds: must be from 1 to 10"],
    [{ confirm_gap_seconds: 700 }, "freshness_seconds must not be shorter than confirm_gap_seconds"],
    [{ rotate_after_seconds: 100 }, "rotate_after_seconds must be longer than the rounds of a confirmation"],
  ])("%j is refused with a reason", (setting, problem) => {
    expect(parseTimingPolicy(setting)).toEqual({ ok: false, problems: [problem] });
  });

  test("I-9 DKIM-S-10 a signature that expires while its message may be on its way is refused", () => {
    const parsed = parseTimingPolicy({ relay_signature_lifetime_seconds: 86_400 });
    expect(parsed).toMatchObject({
      ok: false,
      problems: [expect.stringContaining("relay_signature_lifetime_seconds")],
    });
  });

  test("all problems are told at once", () => {
    expect(parseTimingPolicy({ a: 1, recordTtlSeconds: -1 })).toMatchObject({ problems: { length: 2 } });
  });
});
