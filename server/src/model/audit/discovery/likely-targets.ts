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
 * for such a selector; in a file, names that can be the target for this selector, and that no other one leads to.
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
  const ledTo = new Set(selectors.flatMap(({ chain }) => chain.aliases.map(({ target }) => target)));
  for (const name of namesInZone)
    if (!isAtOrBelow(name, domain) && !ledTo.has(name) && isTargetFor(selector, name, catalogue)) likely.add(name);
  return [...likely].slice(0, targetsMax);
}

/**
 * A name outside that is no key name of another domain and begins with the selector, or is of the form that a provider gives
 * to customers with such a selector.
 */
function isTargetFor(selector: string, name: string, catalogue: Catalogue | undefined): boolean {
  const labels = labelsOf(name);
  const isNamedSo = labels[0] === selector || labels[0]?.startsWith(`${selector}-`) === true;
  const owners =
    catalogue === undefined ? [] : ownersOfTarget(catalogue, name).filter(({ by }) => by === "alias-target");
  const isForm = owners.some(({ provider }) =>
    provider.selectors.some(({ pattern }) => matchesName(pattern, selector)),
  );
  return isForm || (isNamedSo && (!labels.includes("_domainkey") || owners.length > 0));
}

/** Targets without an open part. */
const plainTargets = ({ selectors }: Catalogue, selector: string): string[] =>
  selectors
    .filter(({ rule }) => matchesName(rule.pattern, selector))
    .flatMap(({ provider }) => provider.targets.map(({ pattern }) => pattern.text))
    .filter((text) => /^[a-z0-9_.-]+$/.test(text));
