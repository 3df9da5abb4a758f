// docs/operate/zones.md has every rule and every template, and no other.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { zoneRules } from "../server/src/model/zone/rules.ts";
import { zoneTemplates } from "../server/src/model/zone/templates/all.ts";

const page = readFileSync("docs/operate/zones.md", "utf8");
const rowsUnder = (head: string): string[] => {
  const table = page.split(head)[1]?.split("\n\n")[0] ?? "";
  return [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name!);
};

test("docs/operate/zones.md has a row for every rule on records", () => {
  expect(rowsUnder("| rule | refused | told |").sort()).toEqual(zoneRules.map(({ rule }) => rule).sort());
});

test("docs/operate/zones.md has a row for every template, in their order", () => {
  const rows = rowsUnder("| template | puts |");
  expect([...rows].sort()).toEqual(zoneTemplates.map(({ name }) => name).sort());
});
