import type { AuditContext } from "../../check.ts";
import type { AuditEvidence, SelectorEvidence } from "../../evidence.ts";
import type { KnownProvider } from "../../provider-knowledge.ts";
import type { TracedChain } from "../../../trace.ts";
import { endOf, isSound, keyAt, type KeyNameSeen } from "./key-name.ts";

/** Every key name of the evidence, read. The linter looks at each record once, however many checks ask. */
export function keyNamesOf(evidence: AuditEvidence, context: AuditContext): readonly KeyNameSeen[] {
  const before = read.get(evidence);
  if (before?.context === context) return before.seen;
  const seen = withSiblings(evidence.selectors.map((one) => keyNameOf(one, evidence, context)));
  read.set(evidence, { context, seen });
  return seen;
}

/** What was read of evidence, for as long as somebody holds that. */
const read = new WeakMap<AuditEvidence, { context: AuditContext; seen: readonly KeyNameSeen[] }>();

function keyNameOf(
  {
    selector,
    keyName,
    sources,
    chain,
    wrongHosts,
    addresses,
    besideAliases,
    likelyTargets,
    finalNameOwner,
  }: SelectorEvidence,
  { expectations, discovery }: AuditEvidence,
  { isKnownWeak, providers }: AuditContext,
): KeyNameSeen {
  const use = sources.some((source) => source === "mail" || source === "report")
    ? "in-mail"
    : sources.includes("given")
      ? "given"
      : "not-known";
  const end = endOf(keyName, chain, { isKnownWeak, isLive: use !== "not-known" });
  const targets = chain.aliases.map(({ target }) => target);
  const provider = providers?.ownerOf({ selector, targets, fingerprint: keyAt({ end })?.fingerprint });
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
    sources: (likelyTargets ?? []).flatMap((target) => {
      const key = keyAt({ end: endOf(target.finalName, target, { isLive: false }) });
      return key === undefined ? [] : [{ name: target.aliases[0]?.name ?? target.finalName, key }];
    }),
    finalNameOwner,
    provider,
    isProviderRetired: isRetired(provider, targets, expectations.retiredProviders),
    siblingHasKey: false,
  };
}

/** A provider is named by its identifier, or by a domain in which its targets are. */
const isRetired = (
  provider: KnownProvider | undefined,
  targets: readonly string[],
  retired: readonly string[],
): boolean =>
  retired.some(
    (named) =>
      named === provider?.id ||
      (named.includes(".") && targets.some((target) => target === named || target.endsWith(`.${named}`))),
  );

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

const withSiblings = (seen: readonly KeyNameSeen[]): KeyNameSeen[] =>
  seen.map((one) => ({
    ...one,
    siblingHasKey: seen.some((other) => other !== one && areSiblings(one, other) && isSound(other)),
  }));

const areSiblings = ({ provider }: KeyNameSeen, other: KeyNameSeen): boolean =>
  provider !== undefined && provider.id === other.provider?.id;
