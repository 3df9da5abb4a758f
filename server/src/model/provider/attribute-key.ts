import {
  type Attribution,
  ownerOfSelector,
  ownerOfSharedKey,
  ownersOfMailFrom,
  ownersOfNameServer,
  ownersOfTarget,
  type SeenMailFrom,
} from "./attribution.ts";
import type { Catalogue } from "./catalogue.ts";

/** What is known of one selector of a domain. Names are canonical. */
export type SeenKey = {
  selector: string;
  /** The targets of the aliases, in order; empty where the record stands at the key name itself. */
  targets: readonly string[];
  /** SHA-256 of the SubjectPublicKeyInfo, hexadecimal; absent where no sound key was seen. */
  fingerprint?: string | undefined;
  /** The name servers of the branch that holds the key name; absent where nothing is delegated below the domain, or nobody looked. */
  nameServers?: readonly string[] | undefined;
  /** Names for bounces in the same zone; absent where nobody looked. */
  mailFrom?: readonly SeenMailFrom[] | undefined;
};

/**
 * `visible`: whom the customer deals with, the first known owner on the way. `parties`: everyone who is on it, `visible`
 * among them, in order; those only likely or weak are there as such.
 */
export type KeyAttribution = { visible: Attribution | undefined; parties: readonly Attribution[] };

/**
 * Names whoever is known on the way to a key: at each alias, then by the servers of the delegation, by the key itself. A
 * product that sends through a provider found so is named by its bounce address; the selector's name alone counts only
 * where nothing else does.
 */
export function attributeKey(catalogue: Catalogue, key: SeenKey): KeyAttribution {
  const { selector, targets, fingerprint, nameServers = [], mailFrom = [] } = key;
  const shared = fingerprint === undefined ? undefined : ownerOfSharedKey(catalogue, fingerprint);
  const onTheWay = [
    ...targets.flatMap((target) => ownersOfTarget(catalogue, target)),
    ...nameServers.flatMap((server) => ownersOfNameServer(catalogue, server)),
    ...(shared === undefined ? [] : [shared]),
  ];
  const named = (): Attribution | undefined =>
    ownerOfSelector(catalogue, selector, targets.length === 0 ? "txt" : "cname");
  const front = mailFrom.length === 0 ? undefined : productInFront(catalogue, onTheWay, named(), mailFrom);
  const parties = once([...(front === undefined ? [] : [front]), ...onTheWay]);
  const alone = parties.length === 0 ? named() : undefined;
  if (alone !== undefined) parties.push(alone);
  return { visible: parties[0], parties };
}

/** A product that sends through a provider on the way (or whose selector this is) and has its bounces where it is known to have them. */
function productInFront(
  catalogue: Catalogue,
  onTheWay: readonly Attribution[],
  named: Attribution | undefined,
  mailFrom: readonly SeenMailFrom[],
): Attribution | undefined {
  const beneath = new Set(onTheWay.map(({ provider }) => provider.id));
  return mailFrom
    .flatMap((seen) => ownersOfMailFrom(catalogue, seen))
    .find(
      ({ provider }) =>
        provider.runsOn.length > 0 &&
        !beneath.has(provider.id) &&
        (provider === named?.provider || provider.runsOn.some((id) => beneath.has(id))),
    );
}

function once(attributions: readonly Attribution[]): Attribution[] {
  const known = new Set<string>();
  return attributions.filter(({ provider: { id } }) => {
    const isNew = !known.has(id);
    known.add(id);
    return isNew;
  });
}
