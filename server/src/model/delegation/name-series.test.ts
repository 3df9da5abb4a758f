import { describe, expect, test } from "vitest";
import { nextNames, usualBatch } from "./name-series.ts";
import { day } from "../seconds.ts";
import { seriesFinding } from "./series-finding.ts";

const november = 1_795_000_000; // 2026-11-18
const given = { label: "s", unused: 0, now: november, rotateAfterSeconds: 90 * day, taken: [] };
const selectorsOf = (names: readonly { selector: string }[]): string[] => names.map(({ selector }) => selector);

describe("the names of a batch", () => {
  test.each([
    ["each by the month of its turn", 4, {}, ["s202611", "s202702", "s202705", "s202708"]],
    ["after those that are still unused", 2, { unused: 2 }, ["s202705", "s202708"]],
    ["several in a month are numbered", 3, { rotateAfterSeconds: 7 * day }, ["s202611", "s202611-2", "s202612"]],
    ["by a template", 2, { selectorTemplate: "{mon}{yyyy}.{label}" }, ["nov2026.s", "feb2027.s"]],
    [
      "a template without a label tells the stream",
      1,
      { selectorTemplate: "{mon}{yyyy}", stream: "news" },
      ["nov2026-news"],
    ],
    ["a selector of a key of another method is not given", 2, { taken: ["s202611"] }, ["s202611-2", "s202702"]],
  ])("%s", (_, batch, changes, expected) => {
    expect(selectorsOf(nextNames({ batch, names: [] }, "primary", { ...given, ...changes }))).toEqual(expected);
  });

  test("a name that was ever given is not given again, and the second role has names of its own", () => {
    const names = [{ selector: "s202611", role: "primary" as const }];
    expect(selectorsOf(nextNames({ batch: 1, names }, "primary", given))).toEqual(["s202611-2"]);
    expect(selectorsOf(nextNames({ batch: 1, names }, "second", given))).toEqual(["s202611-ed25519"]);
  });

  test.each([
    [30 * day, 16],
    [90 * day, 8],
    [180 * day, 6],
    [day, 16],
  ])("rotating every %d s, a batch is %d names", (rotateAfterSeconds, names) => {
    expect(usualBatch(rotateAfterSeconds)).toBe(names);
  });
});

describe("SeriesRunningOut", () => {
  const unused = (...states: ("present" | "absent" | "unknown")[]) =>
    states.map((state, index) => {
      const keyName = `s${index}._domainkey.example.com`;
      return { slot: index + 1, role: "primary" as const, keyName, target: `t${index}.esp.example`, state };
    });
  test.each([
    ["three names are left", unused("present", "present", "present"), undefined],
    ["two are left, the next one not published", unused("present", "present", "absent"), "medium"],
    ["one that was not seen does not count", unused("present", "present", "unknown"), "medium"],
    ["none is left", unused("absent", "absent"), "high"],
    ["nothing is left at all", [], "high"],
  ])("%s", (_, names, severity) => {
    expect(seriesFinding("example.com", ["primary"], names)?.severity).toBe(severity);
  });

  test("says which records to publish", () => {
    expect(seriesFinding("example.com", ["primary"], unused("present", "absent"))).toMatchObject({
      code: "SeriesRunningOut",
      evidence: ["unused: s0._domainkey.example.com"],
      remedy: "publish the next names: s1._domainkey.example.com CNAME t1.esp.example",
    });
  });

  test("the role that has the fewest names left decides", () => {
    expect(seriesFinding("example.com", ["primary", "second"], unused("present", "present", "present"))?.severity).toBe(
      "high",
    );
  });
});
