import { ownersOfSpfInclude } from "../../provider/attribution.ts";
import type { Catalogue } from "../../provider/catalogue.ts";
import type { Provider } from "../../provider/provider.ts";
import type { SelectorSource } from "../evidence.ts";
import { commonSelectors } from "./common-selectors.ts";

export type Guess = { selector: string; source: Extract<SelectorSource, "catalogue" | "common-name"> };

/**
 * Selectors worth a try where nothing names them, the likeliest first: those of providers whom the SPF record lets send, then
 * the common ones, then every fixed one of the catalogue.
 */
export function selectorGuesses(catalogue: Catalogue | undefined, spfText: string | undefined): Guess[] {
  const guesses = new Map<string, Guess>();
  const add = (selectors: readonly string[], source: Guess["source"]): void => {
    for (const selector of selectors) if (!guesses.has(selector)) guesses.set(selector, { selector, source });
  };
  if (catalogue !== undefined) add(sendersBySpf(catalogue, spfText).flatMap(fixedSelectors), "catalogue");
  add(commonSelectors, "common-name");
  if (catalogue !== undefined) add([...catalogue.providers.values()].flatMap(fixedSelectors), "catalogue");
  return [...guesses.values()];
}

const sendersBySpf = (catalogue: Catalogue, spfText = ""): Provider[] =>
  [...spfText.matchAll(/(?:include:|redirect=)([\w.-]+)/gi)].flatMap(([, name = ""]) =>
    ownersOfSpfInclude(catalogue, name.toLowerCase()).map(({ provider }) => provider),
  );

/** Selectors that are the same for every customer. */
const fixedSelectors = ({ selectors, aliasSets }: Provider): string[] => [
  ...aliasSets.flat(),
  ...selectors.map(({ pattern }) => pattern.text).filter((text) => /^[a-z0-9_-]+$/.test(text)),
];
