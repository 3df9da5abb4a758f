import { labelsOf } from "chancery/dns";
import type { Catalogue, Ruled } from "./catalogue.ts";
import { findByName, type NameIndex } from "./name-index.ts";
import { matchesLabels, matchesName } from "./name-pattern.ts";
import type { MailFromRule, Provider } from "./provider.ts";

/**
 * What named a provider, the most telling first. `alias-target`: a name of the form it gives its customers; `key-fingerprint`:
 * a key that all its customers share; `name-server`; `signing-domain`: its own d=; `key-host`: a name in its zone, of no
 * known form; `mail-from` and `spf-include`: it may send as the domain; `selector`: a name that others could use too.
 */
export type AttributionGround =
  | "alias-target"
  | "key-fingerprint"
  | "name-server"
  | "signing-domain"
  | "key-host"
  | "mail-from"
  | "spf-include"
  | "selector";

/** `seen` is the name (or fingerprint) that was seen, `form` what in the catalogue it agrees with. */
export type Attribution = {
  provider: Provider;
  certainty: "certain" | "likely" | "weak";
  by: AttributionGround;
  seen: string;
  form: string;
};

const certaintyOf: Record<AttributionGround, Attribution["certainty"]> = {
  "alias-target": "certain",
  "key-fingerprint": "certain",
  "name-server": "certain",
  "signing-domain": "certain",
  "key-host": "likely",
  "mail-from": "likely",
  "spf-include": "likely",
  selector: "weak",
};

const attribution = ({ provider, form }: Ruled<unknown>, by: AttributionGround, seen: string): Attribution => ({
  provider,
  // An entry that nobody could confirm says little, whatever agrees with it.
  certainty: provider.evidence.confidence === "low" ? "weak" : certaintyOf[by],
  by,
  seen,
  form,
});

/** Once for each provider, with its most telling ground. */
function distinct(attributions: readonly Attribution[]): Attribution[] {
  const rank = { certain: 0, likely: 1, weak: 2 };
  const byProvider = new Map<string, Attribution>();
  for (const one of attributions) {
    const before = byProvider.get(one.provider.id);
    if (before === undefined || rank[one.certainty] < rank[before.certainty]) byProvider.set(one.provider.id, one);
  }
  return [...byProvider.values()];
}

const byIndex = (index: NameIndex<Ruled>, name: string, by: AttributionGround): Attribution[] =>
  distinct(findByName(index, labelsOf(name)).map((ruled) => attribution(ruled, by, name)));

/**
 * Whose a name on the way to a key is, the closest form first. Several: the first is what the customer sees, the others run
 * it (a product's own form within the zone of the provider through which it sends). Names are canonical.
 */
export const ownersOfTarget = ({ targets }: Catalogue, name: string): Attribution[] =>
  distinct(findByName(targets, labelsOf(name)).map((ruled) => attribution(ruled, ruled.rule, name)));

/** Whose a name server of a delegation is. */
export const ownersOfNameServer = ({ nameServers }: Catalogue, name: string): Attribution[] =>
  byIndex(nameServers, name, "name-server");

/** Whose the `d=` of a signature is, where a provider signs as itself. */
export const ownersOfSigningDomain = ({ signsAs }: Catalogue, domain: string): Attribution[] =>
  byIndex(signsAs, domain, "signing-domain");

/** Whom an `include:` or `redirect=` of an SPF record lets send. */
export const ownersOfSpfInclude = ({ spfIncludes }: Catalogue, name: string): Attribution[] =>
  byIndex(spfIncludes, name, "spf-include");

/** Whose key this is that stands at many customers' names. `fingerprint`: SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
export function ownerOfSharedKey({ sharedKeys }: Catalogue, fingerprint: string): Attribution | undefined {
  const ruled = sharedKeys.get(fingerprint);
  return ruled && attribution(ruled, "key-fingerprint", fingerprint);
}

/** What stands in a customer's zone for bounces: `label` is the name in front of the domain, `target` an alias's or MX's. */
export type SeenMailFrom = { label: string; type: MailFromRule["type"]; target: string };

/** Whose bounce address this is: a product that only its label tells from the provider beneath comes first. */
export function ownersOfMailFrom({ mailFrom }: Catalogue, { label, type, target }: SeenMailFrom): Attribution[] {
  const fitting = findByName(mailFrom, labelsOf(target)).filter(
    ({ rule }) => rule.type === type && (rule.label === undefined || matchesName(rule.label, label)),
  );
  const labelled = fitting.filter(({ rule }) => rule.label !== undefined);
  const others = fitting.filter(({ rule }) => rule.label === undefined);
  return distinct([...labelled, ...others].map((ruled) => attribution(ruled, "mail-from", target)));
}

/**
 * Who probably uses a selector of this name. Nobody, where it is common or several do, or where the provider would have it
 * otherwise: a key record at `selector1` is not Microsoft's.
 */
export function ownerOfSelector(
  { selectors }: Catalogue,
  selector: string,
  via: "cname" | "txt",
): Attribution | undefined {
  const labels = labelsOf(selector);
  const fitting = selectors.filter(({ rule }) => matchesLabels(rule.pattern, labels));
  const [first, ...others] = fitting;
  if (first === undefined || others.some(({ provider }) => provider !== first.provider)) return undefined;
  if (fitting.some(({ rule }) => rule.common || (rule.via !== undefined && rule.via !== via))) return undefined;
  return attribution(first, "selector", selector);
}
