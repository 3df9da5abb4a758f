import { inParallel } from "../../engine/resolver/parallel.ts";
import type { Lookup } from "../../engine/resolver/resolution.ts";
import type { DiscoveryEvidence, SelectorEvidence, SelectorSource } from "../../model/audit/evidence.ts";
import { lookUpChain } from "./chain.ts";

export type SelectorSearch = {
  domain: string;
  lookup: Lookup;
  /** Names already known, each with where from. */
  known: ReadonlyMap<string, readonly SelectorSource[]>;
};

/** Looks up every selector that is known of. */
export async function gatherSelectors({
  domain,
  lookup,
  known,
}: SelectorSearch): Promise<{ selectors: SelectorEvidence[]; discovery: DiscoveryEvidence }> {
  const selectors = await inParallel([...known], async ([selector, sources]): Promise<SelectorEvidence> => {
    const keyName = `${selector}._domainkey.${domain}`;
    return { selector, keyName, sources, chain: await lookUpChain(lookup, keyName) };
  });
  return { selectors, discovery: { domainkeyNode: "unknown", namesTried: 0 } };
}
