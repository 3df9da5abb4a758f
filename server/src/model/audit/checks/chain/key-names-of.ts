import { isAtOrBelow } from "chancery/dns";
import type { AuditContext } from "../../check.ts";
import type { AuditEvidence, SelectorEvidence, SelectorSource } from "../../evidence.ts";
import { seenAnywhere } from "../../seen-anywhere.ts";
import type { SeenSelector } from "../../evidence/seen-selector.ts";
import { ownerOfSharedKey } from "../../../provider/attribution.ts";
import type { Catalogue } from "../../../provider/catalogue.ts";
import { matchesName } from "../../../provider/name-pattern.ts";
import type { Provider } from "../../../provider/provider.ts";
import { attributeChain, idleSelectors, missingAliases } from "../../../provider/selector-chain.ts";
import type { TracedChain } from "../../../traced-chain.ts";
import { endOf, keyAt, type KeyNameSeen } from "./key-name.ts";

/** Every key name of the evidence, read. The linter looks at each record once, however many checks ask. */
export function keyNamesOf(evidence: AuditEvidence, context: AuditContext): readonly KeyNameSeen[] {
  const before = read.get(evidence);
  if (before?.context === context) return before.seen;
  const { catalogue } = context;
  const idle = catalogue && idleSelectors(catalogue, evidence.selectors);
  const missing = catalogue && missingAliases(catalogue, evidence.selectors);
  const seen = evidence.selectors.map((one): KeyNameSeen => {
    const use = useOf(one, evidence, context);
    return {
      ...keyNameOf(one, use, evidence, context),
      isIdle: use !== "in-mail" && idle?.has(one.keyName) === true,
      isOneOfSet: missing?.has(one.keyName) === true,
    };
  });
  read.set(evidence, { context, seen });
  return seen;
}

/** What was read of evidence, for as long as somebody holds that. */
const read = new WeakMap<AuditEvidence, { context: AuditContext; seen: readonly KeyNameSeen[] }>();

/**
 * What was there once, or is there elsewhere, need not be here now. Whether an import's selectors have to be there, the
 * provider's own check knows.
 */
const notExpecting: ReadonlySet<SelectorSource> = new Set(["import", "history", "catalogue", "common-name"]);

function useOf(
  { sources, keyName }: SelectorEvidence,
  evidence: AuditEvidence,
  { policy }: AuditContext,
): KeyNameSeen["use"] {
  const signed = sources.some(isMail);
  const isPast = signed && wasUsedInThePast(seenAnywhere(evidence, keyName), evidence.at - policy.staleAfterSeconds);
  if (signed && !isPast) return "in-mail";
  if (sources.includes("given")) return "given";
  return sources.every((source) => notExpecting.has(source) || isMail(source)) ? "not-expected" : "published";
}

const isMail = (source: SelectorSource): boolean => source === "mail" || source === "report";

/** It passed, long ago: keys are rotated, and what was left of this one need not be there. What never passed is another matter. */
const wasUsedInThePast = (seen: SeenSelector | undefined, before: number): boolean =>
  seen !== undefined && seen.passed > 0 && seen.lastSeen !== undefined && seen.lastSeen < before;

function keyNameOf(
  one: SelectorEvidence,
  use: KeyNameSeen["use"],
  { expectations, discovery }: AuditEvidence,
  { isKnownWeak, catalogue }: AuditContext,
): Omit<KeyNameSeen, "isIdle" | "isOneOfSet"> {
  const { keyName, chain, wrongHosts, addresses, besideAliases, likelyTargets, finalNameOwner, targetMeant } = one;
  const end = endOf(keyName, chain, isKnownWeak);
  const targets = chain.aliases.map(({ target }) => target);
  const fingerprint = keyAt({ end })?.fingerprint;
  const provider = catalogue && attributeChain(catalogue, one, { fingerprint }).visible?.provider;
  return {
    keyName,
    chain,
    end,
    expected: { target: expectations.targets[keyName], fingerprint: expectations.fingerprints[keyName] },
    use,
    fromWildcard: discovery.wildcard !== undefined && isSameAnswer(chain, discovery.wildcard),
    wrongHosts: wrongHosts ?? [],
    addresses: addresses ?? [],
    besideAliases: besideAliases ?? [],
    likelyTargets: (likelyTargets ?? []).flatMap((target) => {
      const key = keyAt({ end: endOf(target.finalName, target) });
      return key === undefined ? [] : [{ name: target.aliases[0]?.name ?? target.finalName, key }];
    }),
    sharedBy: sharedByAlias(one.selector, fingerprint, catalogue),
    finalNameOwner,
    targetMeant,
    provider,
    retired: retiredOf(provider, targets, expectations.retiredProviders),
  };
}

/** A provider of such a key, unless it has its customers publish this selector as a text. */
function sharedByAlias(
  selector: string,
  fingerprint: string | undefined,
  catalogue: Catalogue | undefined,
): Provider | undefined {
  if (catalogue === undefined || fingerprint === undefined) return undefined;
  const provider = ownerOfSharedKey(catalogue, fingerprint)?.provider;
  if (provider?.modes[0] !== "cname") return undefined;
  const asText = provider.selectors.some(({ pattern, via }) => via === "txt" && matchesName(pattern, selector));
  return asText ? undefined : provider;
}

/** A provider is named by its identifier, or by a domain in which its targets are. */
function retiredOf(
  provider: Provider | undefined,
  targets: readonly string[],
  retired: readonly string[],
): string | undefined {
  if (provider !== undefined && retired.includes(provider.id)) return provider.name;
  return retired.find((domain) => domain.includes(".") && targets.some((target) => isAtOrBelow(target, domain)));
}

/** Whether two look-ups, of different names, brought the same. */
export function isSameAnswer(one: TracedChain, other: TracedChain): boolean {
  const answer = (chain: TracedChain): string =>
    JSON.stringify([
      chain.aliases.map(({ target }) => target),
      chain.outcome,
      chain.outcome === "present" ? chain.texts.map(({ text }) => text).sort() : [],
    ]);
  return answer(one) === answer(other);
}
