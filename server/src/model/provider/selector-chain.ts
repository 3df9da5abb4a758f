import { judgeTrace } from "../trace.ts";
import type { TracedChain } from "../traced-chain.ts";
import { attributeKey, type KeyAttribution, type SeenKey } from "./attribute-key.ts";
import { ownersOfTarget } from "./attribution.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Provider } from "./provider.ts";

/** A selector of a domain and what its key name leads to. */
export type SelectorChain = { selector: string; keyName: string; chain: TracedChain };

/** Names whoever is known on the way of a selector. `more`: what else was seen of it; absent: the chain alone. */
export function attributeChain(
  catalogue: Catalogue,
  { selector, chain }: SelectorChain,
  more: Pick<SeenKey, "fingerprint" | "nameServers" | "mailFrom"> = {},
): KeyAttribution {
  return attributeKey(catalogue, { ...more, selector, targets: chain.aliases.map(({ target }) => target) });
}

/** The provider whose own form an alias of the chain has; only that proves how its selectors work together. */
function providerOfAliases(catalogue: Catalogue, { chain }: SelectorChain): Provider | undefined {
  for (const { target } of chain.aliases) {
    const [owner] = ownersOfTarget(catalogue, target);
    if (owner?.certainty === "certain" && owner.by === "alias-target") return owner.provider;
  }
  return undefined;
}

/** A selector that belongs to a set of its provider's. `fellows`: the others of the set, by name. */
export type SelectorInSet = SelectorChain & { provider: Provider; fellows: readonly string[] };

/** The selectors that belong to a set of the provider's to which their aliases lead. */
export function selectorsInSets(catalogue: Catalogue, seen: readonly SelectorChain[]): SelectorInSet[] {
  return seen.flatMap((one) => {
    const provider = providerOfAliases(catalogue, one);
    const set = provider?.aliasSets.find((names) => names.includes(one.selector));
    if (provider === undefined || set === undefined) return [];
    return [{ ...one, provider, fellows: set.filter((name) => name !== one.selector) }];
  });
}

/** Selectors worth a look because a fellow of their set is there. */
export function fellowsToLookFor(catalogue: Catalogue, seen: readonly SelectorChain[]): string[] {
  const known = new Set(seen.map(({ selector }) => selector));
  const fellows = selectorsInSets(catalogue, seen).flatMap((one) => one.fellows);
  return [...new Set(fellows)].filter((name) => !known.has(name));
}

/**
 * The selectors, by key name, whose turn it is not: the alias leads where the provider has nothing now (or a revoked key), as
 * it should be, since a fellow of the set has a key or at least nobody knows that none has.
 */
export function idleSelectors(catalogue: Catalogue, seen: readonly SelectorChain[]): ReadonlyMap<string, Provider> {
  const bySelector = new Map(seen.map((one) => [one.selector, one]));
  const idle = new Map<string, Provider>();
  for (const one of selectorsInSets(catalogue, seen)) {
    if (!isAtRest(one)) continue;
    const fellows = one.fellows.map((name) => bySelector.get(name));
    const noneHasKey = fellows.every((fellow) => fellow !== undefined && hasNoKey(fellow));
    if (!noneHasKey) idle.set(one.keyName, one.provider);
  }
  return idle;
}

/** Whether the chain ends as it does at this provider while another selector signs. */
function isAtRest({ keyName, chain, provider }: SelectorInSet): boolean {
  switch (provider.standby) {
    case "no-record":
      return chain.outcome === "absent";
    case "revoked-key":
      return isRevoked({ keyName, chain });
    case "has-key":
    case "not-known":
      return false;
  }
}

/** What could not be determined may have a key. */
const hasNoKey = (seen: SelectorChain): boolean => seen.chain.outcome === "absent" || isRevoked(seen);

const isRevoked = ({ keyName, chain }: Pick<SelectorChain, "keyName" | "chain">): boolean =>
  chain.outcome === "present" && judgeTrace(keyName, chain).findings.some(({ code }) => code === "KeyRevoked");

/** The key names at which an alias has to stand and nothing does, because a fellow leads to a provider that needs them all. */
export function missingAliases(
  catalogue: Catalogue,
  seen: readonly SelectorChain[],
): ReadonlyMap<string, SelectorInSet> {
  const empty = new Map(
    seen
      .filter(({ chain }) => chain.outcome === "absent" && chain.aliases.length === 0)
      .map(({ selector, keyName }) => [selector, keyName]),
  );
  const missing = new Map<string, SelectorInSet>();
  for (const one of selectorsInSets(catalogue, seen)) {
    if (one.provider.aliasesRequired !== "all") continue;
    for (const fellow of one.fellows) {
      const keyName = empty.get(fellow);
      if (keyName !== undefined) missing.set(keyName, one);
    }
  }
  return missing;
}
