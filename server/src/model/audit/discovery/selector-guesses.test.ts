import { expect, test } from "vitest";
import { catalogueOf, entry } from "../../provider/test-catalogue.ts";
import { commonSelectors } from "./common-selectors.ts";
import { selectorGuesses } from "./selector-guesses.ts";

const catalogue = catalogueOf(
  entry("one", { selectors: [{ pattern: "one-key" }, { pattern: "fs-[0-9]{3}" }], spfIncludes: ["_spf.one.example"] }),
  entry("two", {
    aliasSets: [["two-a", "two-b"]],
    selectors: [{ pattern: "two-[ab]" }],
    spfIncludes: ["spf.two.example"],
  }),
);
const names = (spf?: string): string[] => selectorGuesses(catalogue, spf).map(({ selector }) => selector);

test("whom the SPF record lets send comes first, then the common names, then the rest of the catalogue", () => {
  const guesses = names("v=spf1 include:SPF.two.example ~all");
  expect(guesses.slice(0, 3)).toEqual(["two-a", "two-b", commonSelectors[0]]);
  expect(guesses.at(-1)).toBe("one-key");
});

test("a form that is different for every customer is no guess, and none is made twice", () => {
  const guesses = names("v=spf1 include:_spf.one.example redirect=spf.two.example");
  expect(guesses.slice(0, 3)).toEqual(["one-key", "two-a", "two-b"]);
  expect(new Set(guesses).size).toBe(guesses.length);
});

test("without a catalogue the common names remain", () => {
  expect(selectorGuesses(undefined, undefined).map(({ selector }) => selector)).toEqual(commonSelectors);
});
