import { describe, expect, test } from "vitest";
import { methods } from "../api/src/resources.ts";
import { ringOf } from "../server/src/model/delegation/delegation-ring.ts";
import { guards } from "../server/src/model/rotation/rotation-guard.ts";
import { explore } from "./simulation/rotation-explore.ts";
import type { World, WorldRules } from "./simulation/rotation-world.ts";
import { worldsThatNeed } from "./simulation/worlds-guards.ts";
import { largeWorlds, safeWorlds, staleRevocation, worldsOfMethods } from "./simulation/worlds-safe.ts";
import {
  brief,
  disclosingOf,
  ringWorldOf,
  rulesOf,
  streamsWorldOf,
  twoStreams,
  worldOf,
} from "./simulation/worlds-start.ts";

/** In one line, so that a failing test shows the way to the violation. */
function told(start: World, rules: WorldRules): string {
  const exploration = explore(start, rules);
  return exploration.verdict === "safe" ? "safe" : `unsafe: ${exploration.violation}: ${exploration.trace.join(" > ")}`;
}

/** The worlds that take minutes: `CHANCERY_EXPLORE=large`. */
const large = process.env["CHANCERY_EXPLORE"] === "large" ? largeWorlds : [];

describe("every state that an adversary can reach is safe (I-1 to I-6)", () => {
  test.each([...safeWorlds, ...worldsOfMethods, ...large])("%s", { timeout: 300_000 }, (_, changes, startOf) => {
    const rules = rulesOf(changes);
    expect(told(startOf(rules), rules)).toBe("safe");
  });

  test("each method has its worlds, but for `cname-chain`, whose aliases are explored on their own", () => {
    const explored = new Set(worldsOfMethods.map(([, { method }]) => method?.name));
    expect(explored.add("cname-chain")).toEqual(new Set(methods));
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

/** Where one of two guards is lost the other still holds the step back, if only by looking for ever. Without both mail breaks. */
describe("guards that stand in for each other", () => {
  test.each<[string, string[], Partial<WorldRules>, (rules: WorldRules) => World, RegExp]>([
    ["I-2 the wait for caches", ["visibility-wait", "seen-after-wait"], {}, worldOf, /^unsafe: I-3/],
    ["I-3 the wait for mail", ["drain-wait", "successor-seen"], {}, worldOf, /^unsafe: I-3/],
    [
      "I-4 the wait before a name is free",
      ["settle-wait", "gone-after-wait"],
      {},
      worldOf,
      /^unsafe: its name is called free/,
    ],
    [
      "I-3 the wait for mail of two streams",
      ["drain-wait", "successor-seen"],
      twoStreams,
      streamsWorldOf,
      /^unsafe: I-3/,
    ],
    [
      "I-19 the wait before a disclosure",
      ["forgotten", "gone-before-disclosure"],
      { stale: 2, lag: 1, mails: 0 },
      disclosingOf,
      /^unsafe: I-19/,
    ],
  ])("%s is lost with %j", (_, lost, changes, startOf, violation) => {
    const rules = rulesOf({ ...changes, guards: guards.filter(({ name }) => !lost.includes(name)) });
    expect(told(startOf(rules), rules)).toMatch(violation);
  });
});

describe("every duration is needed, to the tick", () => {
  const policyWith = (changes: Partial<WorldRules>, policy: Partial<WorldRules["policy"]>): WorldRules => {
    const rules = rulesOf(changes);
    return { ...rules, policy: { ...rules.policy, ...policy } };
  };
  test.each<[string, WorldRules, (rules: WorldRules) => World]>([
    ["an observer that believes one server", rulesOf({ asks: "one" }), worldOf],
    [
      "an observer that counts our TTLs alone, where the customer's alias has longer ones",
      rulesOf({ ...brief, lag: 0, alias: { ttl: 1, negativeTtl: 4, measured: false } }),
      worldOf,
    ],
    [
      "an observer that counts negative TTLs alone, where the alias led elsewhere",
      rulesOf({ ...brief, alias: { ttl: 4, negativeTtl: 1, before: "wrong" } }),
      worldOf,
    ],
    [
      "S21 what is promised at a revocation, without stale answers,",
      policyWith({ ...staleRevocation }, { staleServingSeconds: 0 }),
      worldOf,
    ],
    ["a drain one tick short", policyWith({}, { relayOwnQueueSeconds: 1, milterOwnQueueSeconds: 1 }), worldOf],
    [
      "signers that nobody told of, with a lease the policy does not know",
      policyWith({ lease: 2, registered: false }, { signerLeaseSeconds: 0 }),
      worldOf,
    ],
  ])("%s does not hold", (_, rules, startOf) => {
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
