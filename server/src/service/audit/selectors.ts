import { inParallel } from "../../engine/resolver/parallel.ts";
import type { Lookup } from "../../engine/resolver/resolution.ts";
import type { DiscoveryEvidence, SelectorEvidence, SelectorSource } from "../../model/audit/evidence.ts";
import type { Catalogue } from "../../model/provider/catalogue.ts";
import { fellowsToLookFor } from "../../model/provider/selector-chain.ts";
import { lookUpChain } from "./chain.ts";

export type SelectorSearch = {
  domain: string;
  lookup: Lookup;
  /** Names already known, each with where from. */
  known: ReadonlyMap<string, readonly SelectorSource[]>;
  /** Absent: no provider is known, so none's other selectors are looked for. */
  catalogue?: Catalogue | undefined;
};

/** Looks up every selector that is known of, then those that a provider found so uses beside it. */
export async function gatherSelectors({
  domain,
  lookup,
  known,
  catalogue,
}: SelectorSearch): Promise<{ selectors: SelectorEvidence[]; discovery: DiscoveryEvidence }> {
  const lookUp = async (selector: string, sources: readonly SelectorSource[]): Promise<SelectorEvidence> => {
    const keyName = `${selector}._domainkey.${domain}`;
    return { selector, keyName, sources, chain: await lookUpChain(lookup, keyName) };
  };
  const selectors = await inParallel([...known], ([selector, sources]) => lookUp(selector, sources));
  const fellows = catalogue === undefined ? [] : fellowsToLookFor(catalogue, selectors);
  selectors.push(...(await inParallel(fellows, (selector) => lookUp(selector, ["catalogue"]))));
  return { selectors, discovery: { domainkeyNode: "unknown", namesTried: 0 } };
}
