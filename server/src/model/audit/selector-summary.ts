import { judgeTrace } from "../trace.ts";
import { type TracedChain, type TracedKey, withoutSecrets } from "../traced-chain.ts";
import type { Attribution } from "../provider/attribution.ts";
import { type Custody, custodyOf } from "../provider/custody.ts";
import type { Provider } from "../provider/provider.ts";
import { attributeChain, idleSelectors } from "../provider/selector-chain.ts";
import type { AuditContext } from "./check.ts";
import type { ValidatedStep } from "./evidence/dnssec.ts";
import type { AuditEvidence, SelectorEvidence, SelectorSource } from "./evidence.ts";

/** A selector as a report lists it. `verdict`: whether it leads to exactly one sound key. */
export type SelectorSummary = {
  selector: string;
  keyName: string;
  verdict: "sound" | "broken" | "unknown";
  /** How it came to be known, the surest first. */
  sources: readonly SelectorSource[];
  /** What the key name leads to; no private key is shown. */
  chain: TracedChain;
  key?: TracedKey;
  /** Whether each alias and the answer are signed; absent: DNSSEC was not validated. */
  dnssec?: readonly ValidatedStep[];
  /** Who is known on the way, whom the owner deals with first; absent: nobody. */
  providers?: readonly SelectorProvider[];
  /** Whose DNS each name is in, and who holds the private key; absent: there is no catalogue to tell by. */
  custody?: Custody;
};

/** `by` and `seen`: what names the provider. `idle`: nothing is behind the alias, and that is right: another selector signs. */
export type SelectorProvider = Pick<Attribution, "certainty" | "by" | "seen"> & {
  id: string;
  name: string;
  idle?: true;
};

export function selectorSummaries(evidence: AuditEvidence, context: AuditContext): SelectorSummary[] {
  const idle = context.catalogue && idleSelectors(context.catalogue, evidence.selectors);
  return evidence.selectors.map((seen) => {
    const summary = summaryOf(seen, evidence, context);
    const beside = {
      fingerprint: summary.key?.fingerprint,
      nameServers: evidence.providerSigns?.nameServers.map(({ server }) => server),
      mailFrom: evidence.providerSigns?.mailFrom,
    };
    const providers = providersOf(seen, beside, context, idle?.get(seen.keyName));
    return {
      ...summary,
      ...(providers.length > 0 && { providers }),
      ...(context.catalogue && {
        custody: custodyOf(context.catalogue, seen, { ...beside, places: evidence.delegation?.places }),
      }),
    };
  });
}

function providersOf(
  seen: SelectorEvidence,
  beside: Parameters<typeof attributeChain>[2],
  { catalogue }: AuditContext,
  idleAt: Provider | undefined,
): SelectorProvider[] {
  if (catalogue === undefined) return [];
  const { parties } = attributeChain(catalogue, seen, beside);
  return parties.map(({ provider, certainty, by, seen: shown }) => ({
    id: provider.id,
    name: provider.name,
    certainty,
    by,
    seen: shown,
    ...(provider === idleAt && { idle: true as const }),
  }));
}

function summaryOf(
  { selector, keyName, sources, chain }: SelectorEvidence,
  { expectations, dnssec }: AuditEvidence,
  { isKnownWeak }: AuditContext,
): SelectorSummary {
  const { verdict, key } = judgeTrace(keyName, chain, { expected: expectations.fingerprints[keyName], isKnownWeak });
  const validated = dnssec?.state === "validated" ? dnssec.chains.find((one) => one.keyName === keyName) : undefined;
  return {
    selector,
    keyName,
    verdict,
    sources,
    chain: withoutSecrets(chain),
    ...(key && { key }),
    ...(validated && { dnssec: validated.steps }),
  };
}
