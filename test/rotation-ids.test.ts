import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The names of tests, suites and rows of a file: every text in it that stands in quotes, on one line. */
const quoted = /"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

const titles = globSync("{server/src,protocol/src,api/src,test}/**/*.{test,suite}.ts", { cwd: root })
  .concat("test/simulation/worlds-safe.ts")
  .filter((file) => !file.endsWith("rotation-ids.test.ts"))
  .flatMap((file) => [...readFileSync(root + file, "utf8").matchAll(quoted)].map(([text]) => text))
  .filter((text) => text.includes(" ")); // a selector may be called s1

/** `I-1 to I-6` shows each of them. */
function shown(title: string): string[] {
  const ranges = [...title.matchAll(/\bI-(\d+) to I-(\d+)\b/g)].flatMap(([, first, last]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => `I-${Number(first) + index}`),
  );
  return [...ranges, ...(title.match(/\b(?:S\d+|[IR]-\d+|F-\d+)\b/g) ?? [])];
}

const present = new Set(titles.flatMap(shown));
const numbered = (letter: string, first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${letter}${first + index}`);

describe("each is written out in the title of a test", () => {
  test.each([
    ["scenarios", numbered("S", 1, 28)],
    ["invariants", numbered("I-", 1, 22)],
    ["threats to a domain's ownership", numbered("R-", 30, 36)],
    ["faults that a rotation meets", ["F-04", "F-08", "F-10", "F-11", "F-23", "F-24", "F-32"]],
  ])("%s", (_, ids) => {
    expect(ids.filter((id) => !present.has(id))).toEqual([]);
  });
});
