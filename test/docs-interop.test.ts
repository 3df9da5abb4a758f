// docs/interop.md has the rows by which the matrix of DKIM peers judges, and no others.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { disagreements, formatTable } from "./interop/dkim-matrix/disagreement.ts";

/** The sections of the page by their heading. */
const sections = new Map(
  readFileSync("docs/interop.md", "utf8")
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section]),
);
const tableIn = (section: string): string =>
  section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .join("\n");

describe("docs/interop.md", () => {
  test.each(Object.entries(disagreements))("has the rows about %s as the matrix has them", (peer, rows) => {
    expect(tableIn(sections.get(peer) ?? "no such section")).toBe(formatTable(rows));
  });

  test("has a section for each peer, behind the one with the counts", () => {
    expect([...sections.keys()].slice(1)).toEqual(Object.keys(disagreements));
  });
});
