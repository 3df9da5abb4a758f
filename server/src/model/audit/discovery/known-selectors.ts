import { childName, isAtOrBelow, parseName } from "chancery/dns";
import { type SelectorSource, selectorSources } from "../evidence.ts";
import type { Expectations } from "../expectations.ts";
import { isSelector } from "./wrong-host.ts";

/** What names selectors of a domain before anybody is asked. */
export type SelectorHints = {
  domain: string;
  expectations: Expectations;
  /** Every name that a zone file has; empty where there is none. */
  namesInZone: readonly string[];
  /** Selectors by what else names them: messages, reports, imports, earlier looks. */
  named: Partial<Record<SelectorSource, readonly string[]>>;
};

/** Every selector that something names, with all that names it, the surest first. */
export function knownSelectors({
  domain,
  expectations,
  namesInZone,
  named,
}: SelectorHints): Map<string, SelectorSource[]> {
  const base = `_domainkey.${domain}`;
  const selectorOf = (name: string): string | undefined =>
    isAtOrBelow(name, base) && name !== base ? name.slice(0, -base.length - 1) : undefined;
  const expected = [...Object.keys(expectations.targets), ...Object.keys(expectations.fingerprints)].map(selectorOf);
  const listed = namesInZone.flatMap((name) => selectorOf(name) ?? []);
  const bySource: Partial<Record<SelectorSource, readonly (string | undefined)[]>> = {
    ...named,
    given: [...expectations.selectors, ...expected],
    zone: listed,
  };
  const known = new Map<string, SelectorSource[]>();
  for (const source of selectorSources) {
    for (const selector of new Set(bySource[source])) {
      // Mail and reports are strangers' words: not everything in them can be a part of a name.
      if (selector === undefined || !isSelector(selector) || !parseName(keyNameOf(selector, domain)).ok) continue;
      known.set(selector, [...(known.get(selector) ?? []), source]);
    }
  }
  return known;
}

export const keyNameOf = (selector: string, domain: string): string => childName(selector, `_domainkey.${domain}`);
