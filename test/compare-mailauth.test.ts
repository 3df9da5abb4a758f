// docs/compare-mailauth.md against what the two libraries say of our vectors.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { differences, onPassing, type Difference } from "../scripts/mailauth-answers.ts";
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

describe("docs/compare-mailauth.md", () => {
  test("has every vector that not all three say pass to, with what each says", () => {
    const run = found.filter(onPassing).map(({ vector, ours, strict, lenient }) => [vector, ours, strict, lenient]);
    expect(rowsUnder("Where not everyone says pass").map((cells) => cells.slice(0, 4))).toEqual(run);
  });

  test("has every reason that gets another word, with the words", () => {
    const run = found
      .filter((one) => !onPassing(one))
      .map(({ ours, strict, lenient }) => {
        const [word, reason] = ours.split(" ");
        return [word, strict, lenient, reason].join(" ");
      });
    const said = rowsUnder("Where only the word differs").flatMap(([ours, strict, lenient, reasons]) =>
      reasons!.split(", ").map((reason) => [ours, strict, lenient, reason].join(" ")),
    );
    expect(said.sort()).toEqual([...new Set(run)].sort());
  });

  test("has every vector of DMARC that gets another word, with the words", async () => {
    const run = (await dmarcDifferences()).map(({ vector, ours, strict, lenient }) => [vector, ours, strict, lenient]);
    expect(rowsUnder("DMARC").map((cells) => cells.slice(0, 4))).toEqual(run);
  });

  test("says for each difference who is right, by which section", () => {
    const headings = ["Where not everyone says pass", "Where only the word differs", "DMARC"];
    const rows = headings.flatMap(rowsUnder);
    expect(rows.filter((cells) => !/RFC \d+ §/.test(cells[4]!))).toEqual([]);
  });

  test("names the version of mailauth that was run", () => {
    const { version } = JSON.parse(readFileSync("node_modules/mailauth/package.json", "utf8")) as { version: string };
    expect(page).toContain(`mailauth ${version} `);
  });
});
