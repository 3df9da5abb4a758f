import { isAtOrBelow } from "chancery/dns";
import { attributeKey } from "../provider/attribute-key.ts";
import { type Attribution, ownersOfNameServer, ownersOfTarget } from "../provider/attribution.ts";
import type { Catalogue } from "../provider/catalogue.ts";
import type { Provider } from "../provider/provider.ts";
import type { TracedChain } from "../trace.ts";

/** Where one name on the way stands, by DNS. `registrableDomain`: the part that somebody has registered; absent: nobody can. */
export type NamePlace = {
  name: string;
  /** Absent where no answer told. */
  zone?: string;
  registrableDomain?: string;
  nameServers: readonly { name: string; registrableDomain?: string }[];
};

/** Whose DNS a name is in. `delegated`: below the owner's domain, handed to another's name servers. */
export type DnsOwner =
  | { who: "you" }
  | { who: "provider"; id: string; name: string; certainty: Attribution["certainty"] }
  | { who: "delegated"; to: string }
  | { who: "other"; registrableDomain: string }
  | { who: "not known" };

/** One name of a chain: whose DNS it is in, and who may change what it says. */
export type AliasControl = {
  name: string;
  /** Where the alias leads; absent at the end of the chain. */
  target?: string;
  zone?: string;
  owner: DnsOwner;
  /** Who runs the name servers: known providers by name, others by their registrable domain. */
  servedBy: readonly string[];
  /** Plain words, for the owner of the domain. */
  mayChange: string;
};

/** Who has the private half of the key. `certainty` as of an attribution; `none`: nothing tells. */
export type KeyHolder = { holder: string; certainty: Attribution["certainty"] | "none"; why: string };

export type ChainControl = { names: readonly AliasControl[]; privateKey: KeyHolder };

export type ControlQuestion = {
  /** The domain whose owner asks. */
  domain: string;
  selector: string;
  chain: TracedChain;
  /** What is known of the names of the chain; a name without a place is told as not known. */
  places: readonly NamePlace[];
  /** Of the key at the end; absent where there is no sound one. */
  fingerprint?: string | undefined;
  /** Absent: no provider is known. */
  catalogue?: Catalogue | undefined;
};

/** Says of each name of a chain whose it is, and of the key who has its private half. Pure. */
export function chainControl(question: ControlQuestion): ChainControl {
  const { chain } = question;
  const links = new Map(chain.aliases.map(({ name, target }) => [name, target]));
  const names = [...new Set([...links.keys(), chain.finalName])];
  const controls = names.map((name) => controlOf(name, links.get(name), question));
  return { names: controls, privateKey: keyHolder(question, controls.at(-1)?.owner ?? { who: "not known" }) };
}

function controlOf(name: string, target: string | undefined, question: ControlQuestion): AliasControl {
  const place = question.places.find((one) => one.name === name);
  const owner = ownerOf(name, place, question);
  const servedBy = organisationsOf(place, question.catalogue);
  return {
    name,
    ...(target !== undefined && { target }),
    ...(place?.zone !== undefined && { zone: place.zone }),
    owner,
    servedBy,
    mayChange: mayChangeText(owner, place?.zone, servedBy),
  };
}

function ownerOf(name: string, place: NamePlace | undefined, { domain, places, catalogue }: ControlQuestion): DnsOwner {
  const own = places.find((one) => isAtOrBelow(one.name, domain))?.registrableDomain ?? domain;
  if (isAtOrBelow(name, domain) || isAtOrBelow(name, own)) {
    const { zone } = place ?? {};
    const isBranch = zone !== undefined && zone !== domain && isAtOrBelow(zone, domain);
    const strangers = (place?.nameServers ?? []).filter((server) => server.registrableDomain !== own);
    const isHanded = isBranch && strangers.length > 0 && strangers.length === place?.nameServers.length;
    return isHanded ? { who: "delegated", to: organisationsOf(place, catalogue).join(", ") } : { who: "you" };
  }
  const [attributed] = catalogue === undefined ? [] : ownersOfTarget(catalogue, name);
  if (attributed !== undefined) {
    const { provider, certainty } = attributed;
    return { who: "provider", id: provider.id, name: provider.name, certainty };
  }
  const registrableDomain = place?.registrableDomain;
  return registrableDomain === undefined ? { who: "not known" } : { who: "other", registrableDomain };
}

/** The organisations behind the name servers of a place, each once. */
const organisationsOf = (place: NamePlace | undefined, catalogue: Catalogue | undefined): string[] => [
  ...new Set(
    (place?.nameServers ?? []).map(({ name, registrableDomain }) => {
      const [attributed] = catalogue === undefined ? [] : ownersOfNameServer(catalogue, name);
      return attributed?.provider.name ?? registrableDomain ?? name;
    }),
  ),
];

function mayChangeText(owner: DnsOwner, zone: string | undefined, servedBy: readonly string[]): string {
  const servers = servedBy.length === 0 ? "" : `, and whoever runs its name servers (${servedBy.join(", ")})`;
  switch (owner.who) {
    case "you":
      return `whoever may edit ${zone === undefined ? "your zone" : `your zone ${zone}`}${servers}`;
    case "delegated":
      return `${owner.to}, to whom ${zone ?? "the branch"} is delegated; you by taking the delegation back`;
    case "provider":
      return `${owner.name}, without asking you`;
    case "other":
      return `whoever runs ${owner.registrableDomain}, without asking you`;
    case "not known":
      return "not known";
  }
}

function keyHolder({ selector, chain, fingerprint, places, catalogue }: ControlQuestion, last: DnsOwner): KeyHolder {
  if (chain.outcome !== "present") return { holder: "nobody", certainty: "none", why: "no key record is there" };
  const branch = places.find(({ name }) => name === chain.finalName);
  const targets = chain.aliases.map(({ target }) => target);
  const nameServers = last.who === "delegated" ? (branch?.nameServers ?? []).map(({ name }) => name) : [];
  const visible = catalogue && attributeKey(catalogue, { selector, targets, fingerprint, nameServers }).parties.at(-1);
  if (visible !== undefined) {
    const { provider, certainty, by, seen } = visible;
    return { holder: provider.name, certainty, why: `${groundText[by]} ${seen}${scopeText[provider.key.scope]}` };
  }
  switch (last.who) {
    case "you":
      return { holder: "whoever made the key that you published", certainty: "none", why: "DNS does not tell" };
    case "delegated":
      return { holder: last.to, certainty: "likely", why: "the key stands in a zone that is delegated there" };
    case "provider":
      return { holder: last.name, certainty: last.certainty, why: "the key stands in its zone" };
    case "other":
      return {
        holder: `whoever runs ${last.registrableDomain}`,
        certainty: "likely",
        why: "the key stands in their zone",
      };
    case "not known":
      return { holder: "not known", certainty: "none", why: "DNS does not tell" };
  }
}

const groundText: Record<Attribution["by"], string> = {
  "alias-target": "by the alias to",
  "key-fingerprint": "by the key, which all its customers share:",
  "name-server": "by the name server",
  "signing-domain": "by its own signing domain",
  "key-host": "by its zone:",
  "mail-from": "by the bounce address",
  "spf-include": "by the SPF include",
  selector: "by the selector's name alone:",
};

const scopeText: Record<Provider["key"]["scope"], string> = {
  "per-customer": "; a key for you alone",
  "all-customers": "; one key for all its customers",
  "customer-made": "; you made it and gave it to them",
  "not-known": "",
};
