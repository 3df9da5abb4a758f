import {
  type Attribution,
  ownersOfMailFrom,
  ownersOfNameServer,
  ownersOfSigningDomain,
  ownersOfSpfInclude,
  ownersOfTarget,
  type SeenMailFrom,
} from "./attribution.ts";
import type { Catalogue } from "./catalogue.ts";
import type { SelectorChain } from "./selector-chain.ts";

/** What is public of a domain, and what its mail shows. Whatever nobody looked at is empty. */
export type InPublic = {
  chains: readonly SelectorChain[];
  /** Name servers of delegations below the domain, by the name that is delegated. */
  nameServers: readonly { name: string; server: string }[];
  /** Names that the SPF record includes or redirects to. */
  spfIncludes: readonly string[];
  /** Names for bounces in the zone. */
  mailFrom: readonly SeenMailFrom[];
  /** `d=` of signatures, with where they stand. */
  signingDomains: readonly { domain: string; at: string }[];
  /** Domains of Return-Path, with where they stand. */
  returnPaths: readonly { domain: string; at: string }[];
};

/**
 * One thing that gives a provider away: `to` anyone who asks DNS, or to those who get the mail. `where` and `at` say what
 * would have to be different for it not to show: an alias through the sender's own zone, another `d=`, a bounce domain.
 */
export type Exposed = {
  provider: { id: string; name: string };
  to: "anyone" | "recipients";
  where: "alias" | "name server" | "SPF record" | "bounce address" | "signature" | "Return-Path";
  at: string;
  shows: string;
  certainty: Attribution["certainty"];
};

/** Everything that names a provider, in the order in which somebody would look: DNS first, then the mail. Each once. */
export function exposureOf(catalogue: Catalogue, seen: InPublic): Exposed[] {
  const found: Exposed[] = [];
  const told = new Set<string>();
  const tell = (owners: readonly Attribution[], one: Pick<Exposed, "to" | "where" | "at" | "shows">): void => {
    for (const { provider, certainty } of owners) {
      const key = `${provider.id} ${one.where} ${one.shows}`;
      if (told.has(key)) continue;
      told.add(key);
      found.push({ provider: { id: provider.id, name: provider.name }, ...one, certainty });
    }
  };
  for (const { chain } of seen.chains)
    for (const { name, target } of chain.aliases)
      tell(ownersOfTarget(catalogue, target), { to: "anyone", where: "alias", at: name, shows: target });
  for (const { name, server } of seen.nameServers)
    tell(ownersOfNameServer(catalogue, server), { to: "anyone", where: "name server", at: name, shows: server });
  for (const name of seen.spfIncludes)
    tell(ownersOfSpfInclude(catalogue, name), {
      to: "anyone",
      where: "SPF record",
      at: `include:${name}`,
      shows: name,
    });
  for (const one of seen.mailFrom)
    tell(ownersOfMailFrom(catalogue, one), { to: "anyone", where: "bounce address", at: one.label, shows: one.target });
  for (const { domain, at } of seen.signingDomains)
    tell(ownersOfSigningDomain(catalogue, domain), { to: "recipients", where: "signature", at, shows: `d=${domain}` });
  for (const { domain, at } of seen.returnPaths)
    tell([...ownersOfSigningDomain(catalogue, domain), ...ownersOfTarget(catalogue, domain)], {
      to: "recipients",
      where: "Return-Path",
      at,
      shows: domain,
    });
  return found;
}
