import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { folder, readVector, resolver } from "../../vectors/dmarc/example.ts";
import { evaluate } from "./evaluate.ts";
import { compareWithRfc7489 } from "./rfc7489.ts";

const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

/** The longest of these suffixes that a name ends in. */
const suffixOf =
  (suffixes: readonly string[]) =>
  (domain: string): string | undefined =>
    suffixes
      .filter((suffix) => domain === suffix || domain.endsWith(`.${suffix}`))
      .sort((one, other) => other.length - one.length)[0];

test.each(files)("%s", async (file) => {
  const { names, author, dkim, spf, options, suffixes, expected } = readVector(file);
  const { resolveTxt, asked } = resolver(names);
  const input = { author, dkim, ...(spf && { spf }), resolveTxt, ...options };
  const evaluation = await evaluate(input);
  const questions = [...asked];
  const { result, disposition, applied, overrides, identifiers, explanation } = evaluation;
  const lines = (kind: string): string[] => expected.flatMap((line) => (line.kind === kind ? [line.value] : []));

  expect(lines("result")).toEqual([result]);
  expect(lines("disposition")).toEqual([disposition]);
  expect(lines("override")).toEqual(overrides);
  const words = applied && [applied.policy, applied.tag, applied.domain, applied.source].join(" ");
  if (lines("policy").length > 0) expect(lines("policy")).toEqual([words]);
  if (lines("asked").length > 0) expect(questions).toEqual(lines("asked"));
  const standings = identifiers.map(({ method, domain, standing, alignment }) =>
    [method, domain, standing, alignment].join(" "),
  );
  if (lines("standing").length > 0) expect(standings).toEqual(lines("standing"));
  for (const sentence of lines("says")) expect(explanation).toContain(sentence);

  if (suffixes.length === 0) return;
  const comparison = await compareWithRfc7489({ ...input, publicSuffixOf: suffixOf(suffixes) }, evaluation);
  const older = comparison?.evaluation;
  const olderWords = older && [older.result, older.policy ?? "-", older.policyDomain ?? "-"].join(" ");
  expect(lines("rfc7489")).toEqual([olderWords]);
  expect(comparison?.differences.map(({ kind }) => kind)).toEqual(lines("differs"));
});

test("every line of every vector is one that is checked", () => {
  const kinds = "result disposition policy override asked standing says rfc7489 differs".split(" ");
  for (const file of files) for (const { kind } of readVector(file).expected) expect(kinds, file).toContain(kind);
  expect(files.length).toBeGreaterThan(40);
});
