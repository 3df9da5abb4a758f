// docs/compare-mailauth.md against what the two libraries say of our vectors.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { differences, disagreement, type Difference } from "../scripts/mailauth-answers.ts";
import { dmarcDifferences } from "../scripts/mailauth-dmarc.ts";

const page = readFileSync("docs/compare-mailauth.md", "utf8");

/** The rows of the table under a heading, without its head. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| ") || line.startsWith("|-"));
  return rows.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

let found: Difference[];
beforeAll(async () => {
  found = await differences();
});

const tables = {
  strict: "Where strict does not agree on pass",
  default: "Where the default alone passes",
  word: "Where only the word differs",
  dmarc: "DMARC",
};

describe("docs/compare-mailauth.md", () => {
  const run = (who: ReturnType<typeof disagreement>): Difference[] => found.filter((one) => disagreement(one) === who);

  test("has every vector that not we and strict say pass to, with what each says", () => {
    const words = run("strict").map(({ vector, ours, strict, lenient }) => [vector, ours, strict, lenient]);
    expect(rowsUnder(tables.strict).map((cells) => cells.slice(0, 4))).toEqual(words);
  });

  test("has every vector that the default alone says pass to, with what we and strict say", () => {
    expect(run("default").filter(({ lenient }) => lenient !== "pass")).toEqual([]);
    const words = run("default").map(({ vector, ours, strict }) => [vector, ours, strict]);
    expect(rowsUnder(tables.default).map((cells) => cells.slice(0, 3))).toEqual(words);
  });

  test("has every reason that gets another word, with the words", () => {
    const words = run("word alone").map(({ ours, strict, lenient }) => {
      const [word, reason] = ours.split(" ");
      return [word, strict, lenient, reason].join(" ");
    });
    const said = rowsUnder(tables.word).flatMap(([ours, strict, lenient, reasons]) =>
      reasons!.split(", ").map((reason) => [ours, strict, lenient, reason].join(" ")),
    );
    expect(said.sort()).toEqual([...new Set(words)].sort());
  });

  test("has every vector of DMARC that gets another word, with the words", async () => {
    const run = (await dmarcDifferences()).map(({ vector, ours, strict, lenient }) => [vector, ours, strict, lenient]);
    expect(rowsUnder(tables.dmarc).map((cells) => cells.slice(0, 4))).toEqual(run);
  });

  test("says for each difference who is right, by which section", () => {
    const rows = Object.values(tables).flatMap(rowsUnder);
    expect(rows.filter((cells) => !/RFC \d+ §/.test(cells.at(-1)!))).toEqual([]);
  });

  test("names the version of mailauth that was run", () => {
    const { version } = JSON.parse(readFileSync("node_modules/mailauth/package.json", "utf8")) as { version: string };
    expect(page).toContain(`mailauth ${version} `);
  });
});
