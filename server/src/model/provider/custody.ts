import { isAtOrBelow } from "chancery/dns";
import { ownerOfSharedKey, ownersOfNameServer, ownersOfTarget } from "./attribution.ts";
import type { Catalogue } from "./catalogue.ts";
import { isHandedOn, type NamePlace, serversOperators } from "./name-place.ts";
import type { Provider } from "./provider.ts";
import type { SelectorChain } from "./selector-chain.ts";

/**
 * In whose hands something is. `registrant`: of a domain that the catalogue does not know; `delegate`: who runs the name servers
 * of a branch of the owner's domain; `unknown`: nobody can tell from DNS.
 */
export type Holder =
  | { who: "domain-owner" }
  | { who: "provider"; id: string; name: string }
  | { who: "registrant"; registrableDomain: string }
  | { who: "delegate"; operators: readonly string[] }
  | { who: "unknown" };

/**
 * Who can do what to a selector: `names` in the order of the chain, each with whose DNS it is, that is who may change what it
 * leads to, and with who runs the servers of its zone, who may as well; `privateKey` whose the private half is, where
 * something names them.
 */
export type Custody = {
  names: readonly { name: string; holder: Holder; zone?: string; servedBy?: readonly string[] }[];
  privateKey: Holder & Partial<Pick<Provider["key"], "scope" | "rotation">>;
};

/** What is known of a selector beside its chain. */
export type CustodyEvidence = {
  /** Of the key at the end: SHA-256 of the SubjectPublicKeyInfo, hexadecimal; absent: there is none. */
  fingerprint?: string | undefined;
  /** Of the domain and of `_domainkey` below it; absent: the names are taken for the owner's. */
  nameServers?: readonly string[] | undefined;
  /** Where the names of the chain stand; absent: nobody looked, and only the catalogue tells. */
  places?: readonly NamePlace[] | undefined;
};

const domainOwner: Holder = { who: "domain-owner" };
const unknown: Holder = { who: "unknown" };
const asHolder = ({ id, name }: Provider): Holder => ({ who: "provider", id, name });

export function custodyOf(catalogue: Catalogue, seen: SelectorChain, evidence: CustodyEvidence = {}): Custody {
  const { fingerprint, places = [], nameServers = [] } = evidence;
  const [served] = nameServers.flatMap((server) => ownersOfNameServer(catalogue, server));
  const own = served === undefined ? domainOwner : asHolder(served.provider);
  const names = [seen.keyName, ...seen.chain.aliases.map(({ target }) => target)].map((name) => {
    const place = places.find((one) => one.name === name);
    // Who runs the domain's own servers was named with the domain.
    const servedBy =
      place === undefined ? [] : serversOperators(place).filter((one) => one !== place.registrableDomain);
    return {
      name,
      holder: holderOf(catalogue, name, { domain: domainOf(seen), own, place }),
      ...(place?.zone !== undefined && { zone: place.zone }),
      ...(servedBy.length > 0 && { servedBy }),
    };
  });
  const end = names.at(-1);
  const isHanded = places.some((place) => place.name === end?.name && isHandedOn(place, domainOf(seen)));
  // A record in the domain's own zone tells nobody whose key it is.
  const publisher = end !== undefined && (isHanded || !isAtOrBelow(end.name, domainOf(seen))) ? end.holder : unknown;
  return { names, privateKey: privateKeyOf(catalogue, fingerprint, publisher) };
}

type Around = { domain: string; own: Holder; place: NamePlace | undefined };

function holderOf(catalogue: Catalogue, name: string, { domain, own, place }: Around): Holder {
  if (isAtOrBelow(name, domain)) {
    if (place === undefined || !isHandedOn(place, domain)) return own;
    const [operator] = place.nameServers.flatMap((server) => ownersOfNameServer(catalogue, server.name));
    return operator === undefined
      ? { who: "delegate", operators: serversOperators(place) }
      : asHolder(operator.provider);
  }
  const [owner] = ownersOfTarget(catalogue, name);
  if (owner !== undefined) return asHolder(owner.provider);
  const registrableDomain = place?.registrableDomain;
  // Another name of the organisation that the domain is a part of.
  if (registrableDomain !== undefined && isAtOrBelow(domain, registrableDomain)) return domainOwner;
  return registrableDomain === undefined ? unknown : { who: "registrant", registrableDomain };
}

/** Whoever publishes the key at the end of the aliases has its private half, unless the key is known to be somebody's. */
function privateKeyOf(catalogue: Catalogue, fingerprint: string | undefined, publisher: Holder): Custody["privateKey"] {
  const shared = fingerprint === undefined ? undefined : ownerOfSharedKey(catalogue, fingerprint)?.provider;
  const provider = shared ?? (publisher.who === "provider" ? catalogue.providers.get(publisher.id) : undefined);
  if (provider === undefined) return publisher.who === "domain-owner" ? unknown : publisher;
  const { scope, rotation } = provider.key;
  return { ...asHolder(provider), scope, rotation };
}

/** What stands behind `_domainkey.` in the key name. */
const domainOf = ({ selector, keyName }: SelectorChain): string =>
  keyName.slice(selector.length + "._domainkey.".length);

/** Sentences for people. */
export function custodyLines({ names, privateKey }: Custody): string[] {
  const lines = names.map(({ name, holder, zone, servedBy }) => {
    const inZone = zone === undefined ? "" : ` (zone ${zone})`;
    switch (holder.who) {
      case "domain-owner":
        return `${name}: in your own DNS${inZone}; you may change it${servedBy === undefined ? "" : `, and so may who runs its name servers (${servedBy.join(", ")})`}`;
      case "provider":
        return `${name}: in the DNS of ${holder.name}${inZone}, who may change it`;
      case "registrant":
        return `${name}: in the DNS of ${holder.registrableDomain}${inZone}; whoever runs that may change it`;
      case "delegate":
        return `${name}: yours, delegated${inZone} to the name servers of ${holder.operators.join(", ")}; whoever runs them may change it`;
      case "unknown":
        return `${name}: in somebody else's DNS${inZone}, who may change it`;
    }
  });
  return [...lines, `private key: ${keyWords(privateKey)}`];
}

function keyWords(key: Custody["privateKey"]): string {
  switch (key.who) {
    case "provider": {
      const scope = {
        "all-customers": ", the same for all of its customers",
        "customer-made": ", made by the customer",
      } as const;
      return `held by ${key.name}${key.scope === "all-customers" || key.scope === "customer-made" ? scope[key.scope] : ""}`;
    }
    case "registrant":
      return `held, it seems, by whoever runs ${key.registrableDomain}`;
    case "delegate":
      return `held, it seems, by whoever runs the name servers of ${key.operators.join(", ")}`;
    case "domain-owner":
    case "unknown":
      return "nothing here says who holds it";
  }
}
