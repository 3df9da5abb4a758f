import { describe, expect, test } from "vitest";
import type { EarlierSight } from "../../history-evidence.ts";
import { at, chainTo, day, evidence, keyName, keys, selector, told } from "../chain/test-evidence.ts";
import { driftChecks } from "./drift-checks.ts";

const { now, before } = keys;
const sight = (fingerprint: string | undefined, targets: string[], days = 10): EarlierSight => ({
  firstSeen: at - (days + 100) * day,
  lastSeen: at - days * day,
  targets,
  ...(fingerprint !== undefined && { fingerprint }),
});

/** What all drift checks say of a selector that now has the key `now` behind `targets`. */
function drift(targets: string[], sights: EarlierSight[]): string[] {
  const seen = evidence({
    selectors: [selector(chainTo(now.text, targets))],
    history: { keyNames: { [keyName]: sights } },
  });
  return driftChecks.flatMap((check) => {
    const said = told(check, seen);
    return typeof said === "string" ? [] : said;
  });
}

describe("what changed", () => {
  test.each<[title: string, targets: string[], sights: EarlierSight[], expected: string[]]>([
    ["the same key by the same way", [], [sight(now.fingerprint, [])], []],
    ["nothing was seen before", [], [], []],
    ["another key in the same record", [], [sight(before.fingerprint, [])], ["medium KeyChanged"]],
    [
      "another key behind an alias of somebody",
      ["a.esp.example"],
      [sight(before.fingerprint, ["a.esp.example"])],
      ["low KeyChanged"],
    ],
    [
      "one alias more",
      ["a.esp.example", "b.esp.example"],
      [sight(now.fingerprint, ["a.esp.example"])],
      ["low ChainChanged"],
    ],
    [
      "one alias less",
      ["a.esp.example"],
      [sight(now.fingerprint, ["a.esp.example", "b.esp.example"])],
      ["low ChainChanged"],
    ],
    [
      "another target and another key: one finding",
      ["b.esp.example"],
      [sight(before.fingerprint, ["a.esp.example"])],
      ["low ChainChanged"],
    ],
    [
      "a key that came back as another after it was gone",
      [],
      [sight(before.fingerprint, [], 200), sight(undefined, [], 20)],
      ["low SelectorReused"],
    ],
    ["a key that came back as itself", [], [sight(now.fingerprint, [], 200), sight(undefined, [], 20)], []],
    [
      "a change of ten days ago",
      [],
      [sight(before.fingerprint, [], 10), { ...sight(now.fingerprint, [], 0), firstSeen: at - 10 * day }],
      ["medium KeyChanged"],
    ],
    [
      "a change of two months ago is history",
      [],
      [sight(before.fingerprint, [], 60), { ...sight(now.fingerprint, [], 0), firstSeen: at - 60 * day }],
      [],
    ],
    ["no key before", [], [sight(undefined, [])], []],
  ])("%s", (_title, targets, sights, expected) => {
    expect(drift(targets, sights)).toEqual(expected);
  });

  test("without earlier looks nothing is said", () => {
    for (const check of driftChecks) expect(told(check, evidence({}))).toBe("needs evidence");
  });
});
