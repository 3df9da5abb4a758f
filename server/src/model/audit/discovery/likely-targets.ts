import { isAtOrBelow, labelsOf } from "chancery/dns";
import type { Catalogue } from "../../provider/catalogue.ts";
import { matchesName } from "../../provider/name-pattern.ts";
import { ownersOfTarget } from "../../provider/attribution.ts";
import type { SelectorEvidence } from "../evidence.ts";

export type TargetHints = {
  domain: string;
  /** Where the owner says that the alias should lead. */
  expected: string | undefined;
  selectors: readonly SelectorEvidence[];
  namesInZone: readonly string[];
  catalogue?: Catalogue | undefined;
};

const targetsMax = 50;

/**
 * Names to which an alias at a key name should probably lead, where a text stands there: what was said; what the aliases of
 * the other selectors have, with this selector in place of theirs; the targets of providers who give every customer the same
 * for such a selector; in a file, every name that can be a target of keys.
 */
export function likelyTargets(
  selector: string,
  { domain, expected, selectors, namesInZone, catalogue }: TargetHints,
): string[] {
  const likely = new Set<string>(expected === undefined ? [] : [expected]);
  for (const fellow of selectors) {
    const target = fellow.chain.aliases[0]?.target;
    if (target === undefined || fellow.selector === selector) continue;
    const [first = "", ...rest] = labelsOf(target);
    if (first.startsWith(fellow.selector))
      likely.add([selector + first.slice(fellow.selector.length), ...rest].join("."));
  }
  for (const target of catalogue === undefined ? [] : plainTargets(catalogue, selector)) likely.add(target);
  for (const name of namesInZone) if (canBeTarget(name, domain, catalogue)) likely.add(name);
  return [...likely].slice(0, targetsMax);
}

/** A name outside that is no key name of another domain, or is of the form that a known provider gives its customers. */
const canBeTarget = (name: string, domain: string, catalogue: Catalogue | undefined): boolean =>
  !isAtOrBelow(name, domain) &&
  (!labelsOf(name).includes("_domainkey") ||
    (catalogue !== undefined && ownersOfTarget(catalogue, name).some(({ by }) => by === "alias-target")));

/** Targets without an open part. */
const plainTargets = ({ selectors }: Catalogue, selector: string): string[] =>
  selectors
    .filter(({ rule }) => matchesName(rule.pattern, selector))
    .flatMap(({ provider }) => provider.targets.map(({ pattern }) => pattern.text))
    .filter((text) => /^[a-z0-9_.-]+$/.test(text));
