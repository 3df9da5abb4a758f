import type { CatalogMember } from "chancery/dns";
import { expect, test } from "vitest";
import type { NsdZone } from "../../engine/nsd-control/nsd-control.ts";
import { planOf, usualRemovalsMax } from "./plan.ts";

const member = (zone: string, label = `of-${zone}`): CatalogMember => ({ zone, label });
const has = (zone: string, pattern: string | undefined = "ours"): NsdZone => ({ zone, pattern });
const many = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `z${from + at}.example`);
const nothing = { add: [], remove: [], reset: [], passedOver: [] };

test.each<[string, CatalogMember[], NsdZone[], [string, string][], object]>([
  ["a member that is not served is added", [member("a.example")], [], [], { ...nothing, add: ["a.example"] }],
  ["a zone that is no member is removed", [], [has("a.example")], [], { ...nothing, remove: ["a.example"] }],
  [
    "DNS-D-22 a member under another label is forgotten first",
    [member("a.example", "two")],
    [has("a.example")],
    [["a.example", "one"]],
    { ...nothing, reset: ["a.example"] },
  ],
  [
    "a member whose label was not known before is taken as it is",
    [member("a.example")],
    [has("a.example")],
    [],
    nothing,
  ],
  ["a zone of another pattern is not ours to remove", [], [has("a.example", "theirs")], [], nothing],
  ["a zone of nsd.conf is not ours to remove", [], [{ zone: "a.example", pattern: undefined }], [], nothing],
  [
    "a member that is configured by hand is left out, and said",
    [member("a.example")],
    [{ zone: "a.example", pattern: undefined }],
    [],
    { ...nothing, passedOver: [{ zone: "a.example", reason: expect.stringContaining("own configuration") }] },
  ],
  ...[
    "a b.example",
    "../etc.example",
    "-c.example",
    "a\\010b.example",
    ".",
    "a/b.example",
    `${"x".repeat(64)}.example`,
  ].map((zone): [string, CatalogMember[], NsdZone[], [string, string][], object] => [
    `the name ${zone} is given to no program`,
    [member(zone)],
    [],
    [],
    { ...nothing, passedOver: [{ zone, reason: expect.stringContaining("its name") }] },
  ]),
])("%s", (_, members, there, labels, plan) => {
  expect(planOf(members, there, new Map(labels), { pattern: "ours", removalsMax: usualRemovalsMax })).toEqual(plan);
});

test.each([
  ["five of five", 5, 5, 0, 5],
  ["six of six", 6, 6, undefined, 5],
  ["ten of a hundred", 100, 10, 90, 10],
  ["eleven of a hundred", 100, 11, undefined, 10],
])("%s that go at once", (_, served, gone, left, removalsMax) => {
  const members = many(gone, served).map((zone) => member(zone));
  const plan = planOf(
    members,
    many(0, served).map((zone) => has(zone)),
    new Map(),
    { pattern: "ours", removalsMax: usualRemovalsMax },
  );
  if (left === undefined) expect(plan).toEqual({ stopped: "too many removals", removals: gone, removalsMax, served });
  else expect(plan).toEqual({ ...nothing, remove: many(0, gone).sort() });
});

test("zones that would be forgotten count as removals: all of them at once is another catalog", () => {
  const zones = many(0, 20);
  const labels = new Map(zones.map((zone) => [zone, "before"]));
  const plan = planOf(
    zones.map((zone) => member(zone)),
    zones.map((zone) => has(zone)),
    labels,
    {
      pattern: "ours",
      removalsMax: usualRemovalsMax,
    },
  );
  expect(plan).toMatchObject({ stopped: "too many removals", removals: 20 });
});
