import { childName, isAtOrBelow } from "chancery/dns";
import { microsoftSelectors } from "../../provider/microsoft365/signing-config.ts";
import { type AuditEvidence, type SelectorSource, selectorSources } from "../evidence.ts";
import type { SeenSelector } from "../seen-selector.ts";
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
      if (selector === undefined || !isSelector(selector)) continue;
      known.set(selector, [...(known.get(selector) ?? []), source]);
    }
  }
  return known;
}

/** What of the evidence names selectors of this very domain. Those of other domains that sign for it are theirs. */
export function selectorsNamed({
  domain,
  mail,
  reports,
  history,
  microsoft365 = [],
}: Pick<AuditEvidence, "domain" | "mail" | "reports" | "history" | "microsoft365">): SelectorHints["named"] {
  const own = (seen: readonly SeenSelector[] = []): string[] =>
    seen.filter(({ signingDomain }) => signingDomain === domain).map(({ selector }) => selector.toLowerCase());
  const end = `._domainkey.${domain}`;
  return {
    mail: own(mail?.selectors),
    report: own(reports?.selectors),
    import: microsoft365.some((config) => config.domain === domain) ? microsoftSelectors : [],
    history: Object.keys(history?.keyNames ?? {})
      .filter((name) => name.endsWith(end))
      .map((name) => name.slice(0, -end.length)),
  };
}

export const keyNameOf = (selector: string, domain: string): string => childName(selector, `_domainkey.${domain}`);
