import { isAtOrBelow } from "chancery/dns";
import type { SeenKey } from "./attribute-key.ts";
import { ownerOfSharedKey, ownersOfNameServer, ownersOfTarget } from "./attribution.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Provider } from "./provider.ts";
import type { SelectorChain } from "./selector-chain.ts";

/** In whose hands something is. `unknown`: somebody whom the catalogue does not know, or nobody can tell from DNS. */
export type Holder = { who: "domain-owner" } | { who: "provider"; id: string; name: string } | { who: "unknown" };

/**
 * Who can do what to a selector: `names` in the order of the chain, each with whose DNS it is, that is who may change what it
 * leads to; `privateKey` whose the private half is, where something names them.
 */
export type Custody = {
  names: readonly { name: string; holder: Holder }[];
  privateKey: Holder & Partial<Pick<Provider["key"], "scope" | "rotation">>;
};

const domainOwner: Holder = { who: "domain-owner" };
const unknown: Holder = { who: "unknown" };
const asHolder = ({ id, name }: Provider): Holder => ({ who: "provider", id, name });

/**
 * What was seen beside the chain. `fingerprint` of the key at its end: SHA-256 of the SubjectPublicKeyInfo, hexadecimal;
 * absent: there is none. `nameServers`: of the domain and of `_domainkey` below it; absent: the names are taken for the owner's.
 */
export type BesideChain = Pick<SeenKey, "fingerprint" | "nameServers">;

export function custodyOf(catalogue: Catalogue, seen: SelectorChain, beside: BesideChain = {}): Custody {
  const domain = domainOf(seen);
  const served = (beside.nameServers ?? []).flatMap((server) => ownersOfNameServer(catalogue, server))[0];
  const own = served === undefined ? domainOwner : asHolder(served.provider);
  const holderOf = (name: string): Holder => {
    if (isAtOrBelow(name, domain)) return own;
    const [owner] = ownersOfTarget(catalogue, name);
    return owner === undefined ? unknown : asHolder(owner.provider);
  };
  const names = [seen.keyName, ...seen.chain.aliases.map(({ target }) => target)];
  return {
    names: names.map((name) => ({ name, holder: holderOf(name) })),
    privateKey: privateKeyOf(catalogue, seen, beside.fingerprint),
  };
}

/** Whoever publishes the key at the end of the aliases has its private half. A record in the domain's own zone tells nobody. */
function privateKeyOf(
  catalogue: Catalogue,
  seen: SelectorChain,
  fingerprint: string | undefined,
): Custody["privateKey"] {
  const shared = fingerprint === undefined ? undefined : ownerOfSharedKey(catalogue, fingerprint);
  const end = seen.chain.aliases.at(-1)?.target;
  const owner = shared ?? (end === undefined ? undefined : ownersOfTarget(catalogue, end)[0]);
  if (owner === undefined) return unknown;
  const { scope, rotation } = owner.provider.key;
  return { ...asHolder(owner.provider), scope, rotation };
}

/** What stands behind `_domainkey.` in the key name. */
const domainOf = ({ selector, keyName }: SelectorChain): string =>
  keyName.slice(selector.length + "._domainkey.".length);

/** Sentences for people. */
export function custodyLines({ names, privateKey }: Custody): string[] {
  const lines = names.map(({ name, holder }) => {
    switch (holder.who) {
      case "domain-owner":
        return `${name}: in your own DNS; you may change it`;
      case "provider":
        return `${name}: in the DNS of ${holder.name}, who may change it`;
      case "unknown":
        return `${name}: in somebody else's DNS, who may change it`;
    }
  });
  return [...lines, `private key: ${keyWords(privateKey)}`];
}

function keyWords(key: Custody["privateKey"]): string {
  if (key.who !== "provider") return "nothing here says who holds it";
  const scope = {
    "all-customers": ", the same for all of its customers",
    "customer-made": ", made by the customer",
  } as const;
  return `held by ${key.name}${key.scope === "all-customers" || key.scope === "customer-made" ? scope[key.scope] : ""}`;
}
