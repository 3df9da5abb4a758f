import { describe, expect, test } from "vitest";
import { effectivePolicy, policyPresets, signingAlgorithms } from "./rotation-policy.ts";
import { day } from "../seconds.ts";
import { timingPresets } from "./timing-policy.ts";

const timing = timingPresets.default;

describe("the policy that holds", () => {
  test("is the configuration's where nothing was decided: the standard preset", () => {
    const { policy, from } = effectivePolicy({ policy: timing }, []);
    expect(policy.intervalSeconds).toBe(policyPresets.standard.intervalSeconds);
    expect(new Set(Object.values(from))).toEqual(new Set(["default"]));
  });

  test("is decided part by part by the nearest place, in whatever order they are given", () => {
    const tenant = { scope: "tenant", fields: { intervalSeconds: 90 * day, keyType: "rsa4096" } } as const;
    const domain = { scope: "domain", fields: { intervalSeconds: 30 * day } } as const;
    for (const layers of [
      [tenant, domain],
      [domain, tenant],
    ]) {
      const { policy, from } = effectivePolicy({ policy: timing }, layers);
      expect(policy).toMatchObject({ intervalSeconds: 30 * day, keyType: "rsa4096", ringSize: 3 });
      expect(from).toMatchObject({ intervalSeconds: "domain", keyType: "tenant", ringSize: "default" });
    }
  });
});

describe("a second key", () => {
  const { policy } = effectivePolicy({ policy: timing }, []);
  const open = { namesAreFixed: false, dualRotationRuns: false };
  test.each<[string, Parameters<typeof signingAlgorithms>, string[]]>([
    [
      "signs always where that is decided",
      [["rsa-sha256"], { ...policy, dualSigning: "always" }, open],
      ["rsa-sha256", "ed25519-sha256"],
    ],
    ["on request signs not without a rotation that asks", [["rsa-sha256"], policy, open], ["rsa-sha256"]],
    [
      "on request signs while one runs",
      [["rsa-sha256"], policy, { ...open, dualRotationRuns: true }],
      ["rsa-sha256", "ed25519-sha256"],
    ],
    [
      "never signs where that is decided",
      [["rsa-sha256"], { ...policy, dualSigning: "never" }, { ...open, dualRotationRuns: true }],
      ["rsa-sha256"],
    ],
    [
      "that was agreed with the domain signs whatever is decided",
      [["rsa-sha256", "ed25519-sha256"], { ...policy, dualSigning: "never" }, open],
      ["rsa-sha256", "ed25519-sha256"],
    ],
    [
      "has no name where the customer published none",
      [["rsa-sha256"], { ...policy, dualSigning: "always" }, { ...open, namesAreFixed: true }],
      ["rsa-sha256"],
    ],
  ])("%s", (_, given, algorithms) => {
    expect(signingAlgorithms(...given)).toEqual(algorithms);
  });
});
