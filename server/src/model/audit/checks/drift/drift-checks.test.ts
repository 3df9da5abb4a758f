import { describe, expect, test } from "vitest";
import type { Catalogue } from "../../../provider/catalogue.ts";
import { catalogueOf, entry } from "../../../provider/test-catalogue.ts";
import type { EarlierSight } from "../../evidence/history.ts";
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
function drift(targets: string[], sights: EarlierSight[], catalogue?: Catalogue): string[] {
  const seen = evidence({
    selectors: [selector(chainTo(now.text, targets))],
    history: { keyNames: { [keyName]: sights } },
  });
  return driftChecks.flatMap((check) => {
    const said = told(check, seen, catalogue && { catalogue });
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

  const target = (pattern: string) => ({ targets: [{ pattern, example: pattern.replace("*", "a") }] });
  const providers = catalogueOf(
    entry("turning", target("*.turning.example")),
    entry("fixed", { ...target("*.fixed.example"), key: { scope: "per-customer", rotation: "customer-publishes" } }),
  );
  test.each<[title: string, targets: string[], sights: EarlierSight[], expected: string[]]>([
    [
      "a provider turned the key behind the alias",
      ["a.turning.example"],
      [sight(before.fingerprint, ["a.turning.example"])],
      [],
    ],
    [
      "a provider that turns none has another key",
      ["a.fixed.example"],
      [sight(before.fingerprint, ["a.fixed.example"])],
      ["low KeyChanged"],
    ],
    [
      "another provider has the selector",
      ["a.turning.example"],
      [sight(before.fingerprint, ["a.fixed.example"])],
      ["low SelectorReused"],
    ],
    [
      "the same provider moved the target",
      ["b.turning.example"],
      [sight(before.fingerprint, ["a.turning.example"])],
      ["low ChainChanged"],
    ],
  ])("with a catalogue: %s", (_title, targets, sights, expected) => {
    expect(drift(targets, sights, providers)).toEqual(expected);
  });

  test("without earlier looks nothing is said", () => {
    for (const check of driftChecks) expect(told(check, evidence({}))).toBe("needs evidence");
  });
});
