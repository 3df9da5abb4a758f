import { describe, expect, test } from "vitest";
import { ringOf } from "../server/src/model/delegation-ring.ts";
import { guards } from "../server/src/model/rotation-guard.ts";
import { explore } from "./simulation/rotation-explore.ts";
import type { World, WorldRules } from "./simulation/rotation-world.ts";
import { worldsThatNeed } from "./simulation/worlds-guards.ts";
import { safeWorlds } from "./simulation/worlds-safe.ts";
import { ringWorldOf, rulesOf, worldOf } from "./simulation/worlds-start.ts";

/** In one line, so that a failing test shows the way to the violation. */
function told(start: World, rules: WorldRules): string {
  const exploration = explore(start, rules);
  return exploration.verdict === "safe" ? "safe" : `unsafe: ${exploration.violation}: ${exploration.trace.join(" > ")}`;
}

describe("every state that an adversary can reach is safe (I-1 to I-6)", () => {
  test.each(safeWorlds)("%s", (_, changes, startOf) => {
    const rules = rulesOf(changes);
    expect(told(startOf(rules), rules)).toBe("safe");
  });
});

describe("every guard is needed", () => {
  test("there is a world for each", () => {
    expect(Object.keys(worldsThatNeed).sort()).toEqual(guards.map(({ name }) => name).sort());
  });

  test.each(Object.entries(worldsThatNeed))(
    "without %s an invariant of the world breaks; with it none does",
    (name, [changes, startOf]) => {
      const rules = rulesOf(changes);
      const without = { ...rules, guards: guards.filter((guard) => guard.name !== name) };
      expect(told(startOf(rules), rules)).toBe("safe");
      expect(told(startOf(without), without)).toMatch(/^unsafe/);
    },
  );
});

describe("every duration is needed, to the tick", () => {
  const policyWith = (changes: Partial<WorldRules>, policy: Partial<WorldRules["policy"]>): WorldRules => {
    const rules = rulesOf(changes);
    return { ...rules, policy: { ...rules.policy, ...policy } };
  };
  test.each<[string, WorldRules, (rules: WorldRules) => World]>([
    ["an observer that believes one server", rulesOf({ asks: "one" }), worldOf],
    ["a drain one tick short", policyWith({}, { relayOwnQueueSeconds: 1, milterOwnQueueSeconds: 1 }), worldOf],
    [
      "signers that nobody told of, with a lease the policy does not know",
      policyWith({ lease: 2, registered: false }, { signerLeaseSeconds: 0 }),
      worldOf,
    ],
  ])("%s breaks mail", (_, rules, startOf) => {
    expect(told(startOf(rules), rules)).toMatch(/^unsafe/);
  });

  test("a ring whose names are taken unsettled holds by waiting for old values, and not by waiting for negative answers", () => {
    const hasty = guards.filter(({ name }) => name !== "settle-wait" && name !== "gone-after-wait");
    const rules = rulesOf({ method: ringOf(2), ttl: 3, negativeTtl: 1, guards: hasty, freeMeansForgotten: false });
    const onlyNegative = { ...rules, method: { ...ringOf(2), history: () => "new" as const } };
    expect(told(ringWorldOf(rules), rules)).toBe("safe");
    expect(told(ringWorldOf(onlyNegative), onlyNegative)).toMatch(/^unsafe: I-3/);
  });

  test("I-2 a key that comes back after a suspension waits for caches of its `p=`, not for negative answers alone", () => {
    const rules = rulesOf({ suspends: true, lag: 1, servers: 1, ttl: 3, negativeTtl: 1 });
    expect(told(worldOf(rules), rules)).toBe("safe");
  });

  test("a drain that ends when exactly its time has passed breaks mail of the last tick", () => {
    const rules = rulesOf();
    const atEquality: WorldRules = {
      ...rules,
      guards: guards.map((guard) =>
        guard.name === "drain-wait"
          ? {
              ...guard,
              block: (moment) =>
                guard.block({ ...moment, state: { ...moment.state, trustedMs: moment.state.trustedMs + 1 } }),
            }
          : guard,
      ),
    };
    expect(told(worldOf(rules), rules)).toBe("safe");
    expect(told(worldOf(atEquality), atEquality)).toMatch(/^unsafe/);
  });
});
