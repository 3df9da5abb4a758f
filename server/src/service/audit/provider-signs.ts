import { readMx, readName, TYPE } from "chancery/dns";
import { inParallel } from "../../engine/resolver/authorities/parallel.ts";
import type { Lookup } from "../../engine/resolver/resolution.ts";
import { limitedLookup } from "./limited-lookup.ts";
import type { ProviderSigns } from "../../model/audit/evidence/provider-signs.ts";
import type { SeenMailFrom } from "../../model/provider/attribution.ts";
import type { Catalogue } from "../../model/provider/catalogue.ts";
import { mailFromLabels } from "../../model/provider/mail-from-labels.ts";
import type { SelectorChain } from "../../model/provider/selector-chain.ts";

export type ProviderSearch = {
  domain: string;
  lookup: Lookup;
  selectors: readonly SelectorChain[];
  catalogue: Catalogue;
};

/** Little, for it comes after the selectors, and an audit has five seconds. */
const limits = { queriesMax: 12, questionMs: 1000, totalMs: 1500 };

/** Asks two names for their servers, and for bounces what the catalogue takes for a sign: a handful of questions. */
export async function gatherProviderSigns({
  domain,
  lookup: unlimited,
  selectors,
  catalogue,
}: ProviderSearch): Promise<ProviderSigns> {
  const lookup = limitedLookup(unlimited, limits);
  const [nameServers, mailFrom] = await Promise.all([
    inParallel([`_domainkey.${domain}`, domain], (name) => serversOf(lookup, name)),
    inParallel(mailFromLabels(catalogue, selectors), ({ label, type }) => mailFromAt(lookup, domain, label, type)),
  ]);
  return { nameServers: nameServers.flat(), mailFrom: mailFrom.flat() };
}

/** Only servers of a zone that begins at this very name; an alias leads to another's. */
async function serversOf(lookup: Lookup, name: string): Promise<{ name: string; server: string }[]> {
  const { outcome, records, aliases } = await lookup.lookup(name, TYPE.NS);
  if (outcome !== "present" || aliases.length > 0) return [];
  return records.map(({ data }) => ({ name, server: readName(data) }));
}

async function mailFromAt(
  lookup: Lookup,
  domain: string,
  label: string,
  type: SeenMailFrom["type"],
): Promise<SeenMailFrom[]> {
  const { outcome, records, aliases } = await lookup.lookup(`${label}.${domain}`, type === "MX" ? TYPE.MX : TYPE.A);
  if (type === "CNAME") return aliases.slice(0, 1).map(({ target }) => ({ label, type, target }));
  return outcome === "present" ? records.map(({ data }) => ({ label, type, target: readMx(data).exchange })) : [];
}
