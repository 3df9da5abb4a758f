import { describe, expect, test } from "vitest";
import { aliasGuards } from "../server/src/model/alias/alias-guard.ts";
import { type AliasRules, aliasWorldOf, exploreAliases } from "./simulation/alias-world.ts";

const rulesOf = (changes: Partial<AliasRules> = {}): AliasRules => ({
  ttl: 2,
  queue: 2,
  lag: 2,
  mails: 1,
  guards: aliasGuards,
  keys: { "a.old.example": "kA", "b.new.example": "kB" },
  vanish: false,
  comesBack: false,
  regress: false,
  released: false,
  ...changes,
});

const explored = (changes: Partial<AliasRules>) => {
  const rules = rulesOf(changes);
  return exploreAliases(aliasWorldOf(rules), rules);
};
const sameKey = { keys: { "a.old.example": "kA", "b.new.example": "kA" } };

describe("an alias that is moved from one upstream to another breaks no mail (I-1 to I-4)", () => {
  test.each<[string, Partial<AliasRules>, boolean]>([
    ["the old upstream stops some day", {}, true],
    ["with a longer TTL", { ttl: 4, lag: 1 }, true],
    ["with a longer queue", { queue: 3, lag: 1 }, true],
    ["S13 the new target may lose its key before the move", { vanish: true }, true],
    ["S3 a secondary comes back with the old zone", { regress: true }, true],
    ["both targets lead to the same key: it need not stop", sameKey, true],
    ["the new target leads back to us: it is never moved", { comesBack: true }, false],
    ["S27 the claim is given up, and its upstream stops", { released: true }, true],
  ])("%s", (_, changes, moved) => {
    expect(explored(changes)).toMatchObject({ told: "safe", moved });
  });
});

/** For each guard a world in which its loss shows. The same world is safe with all guards in place. */
const worldsThatNeed: Record<string, Partial<AliasRules>> = {
  "leads-away": { comesBack: true },
  "target-sound": { vanish: true },
  "old-stopped": {},
  "old-drained": {},
  "seen-everywhere": {},
  "settle-wait": {},
  "seen-after-wait": { regress: true },
  "mail-arrived": { released: true },
};

describe("every guard is needed", () => {
  test("there is a world for each", () => {
    expect(Object.keys(worldsThatNeed)).toEqual(aliasGuards.map(({ name }) => name));
  });

  test.each(Object.entries(worldsThatNeed))("without %s mail breaks; with it none does", (name, changes) => {
    expect(explored(changes).told).toBe("safe");
    expect(explored({ ...changes, guards: aliasGuards.filter((guard) => guard.name !== name) }).told).toMatch(
      /^unsafe/,
    );
  });

  test("a drain that ends when exactly its time has passed breaks mail of the last tick", () => {
    const atEquality = aliasGuards.map((guard) =>
      guard.name === "old-drained"
        ? {
            ...guard,
            block: (moment: Parameters<typeof guard.block>[0]) =>
              guard.block({ ...moment, state: { ...moment.state, trustedMs: moment.state.trustedMs + 1 } }),
          }
        : guard,
    );
    expect(explored({ guards: atEquality }).told).toMatch(/^unsafe/);
  });
});
