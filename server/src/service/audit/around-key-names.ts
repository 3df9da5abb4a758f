import { rdataText, TYPE, typeName } from "chancery/dns";
import { inParallel } from "../../engine/resolver/authorities/parallel.ts";
import type { Resolution } from "../../engine/resolver/resolution.ts";
import { isSameAnswer } from "../../model/audit/checks/chain/key-names-of.ts";
import { likelyTargets } from "../../model/audit/discovery/likely-targets.ts";
import { isNearSelector } from "../../model/audit/discovery/near-selector.ts";
import { selectorMeantBy, type WrongName, wrongNames } from "../../model/audit/discovery/wrong-host.ts";
import type { SelectorEvidence, WrongHostSeen } from "../../model/audit/evidence.ts";
import type { TracedChain } from "../../model/traced-chain.ts";
import { lookUpChain } from "./chain.ts";
import type { LimitedLookup } from "./limited-lookup.ts";
import { registrableDomainOf } from "./registrable-domain.ts";
import type { SelectorSearch } from "./selector-search.ts";

/** `wildcard`: what any name below `_domainkey` is answered with, where it is answered. */
type Search = Omit<SelectorSearch, "lookup"> & { lookup: LimitedLookup; wildcard: TracedChain | undefined };

/** So many key names are looked around at once, and so many names for each. */
const atOnce = 6;

/** Looks at what tells why a key name has nothing, or what it should have. Costs nothing where the chain is as it should be. */
export const aroundKeyNames = (seen: readonly SelectorEvidence[], search: Search): Promise<SelectorEvidence[]> =>
  inParallel(
    seen,
    async (one) => {
      const { chain } = one;
      const hasNothing =
        (chain.outcome === "absent" && chain.aliases.length === 0) ||
        (search.wildcard !== undefined && isSameAnswer(chain, search.wildcard));
      if (hasNothing) return { ...one, ...(await whereElse(one, seen, search)) };
      if (chain.outcome === "absent")
        return { ...one, ...aboutTarget(chain.finalName, search.domain), ...(await besideAliases(one, search)) };
      if (chain.aliases.length > 0) return { ...one, ...(await besideAliases(one, search)) };
      return chain.outcome === "present" ? { ...one, ...(await copiedFrom(one, seen, search)) } : one;
    },
    atOnce,
  );

/** Whose the missing name is; and what it was before a DNS host added the domain, which a final dot would have kept it from. */
function aboutTarget(name: string, domain: string): Pick<SelectorEvidence, "finalNameOwner" | "targetMeant"> {
  const finalNameOwner = registrableDomainOf(name);
  const targetMeant = name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : "";
  return {
    ...(finalNameOwner !== undefined && { finalNameOwner }),
    ...(registrableDomainOf(targetMeant) !== undefined && { targetMeant }),
  };
}

async function whereElse(
  one: SelectorEvidence,
  seen: readonly SelectorEvidence[],
  search: Search,
): Promise<Pick<SelectorEvidence, "wrongHosts" | "addresses">> {
  const { lookup, wildcard } = search;
  const [addresses, chains] = await Promise.all([
    addressesAt(one, lookup),
    inParallel(
      namesToTry(one, seen, search),
      async (wrong): Promise<WrongHostSeen> => ({ ...wrong, chain: await lookUpChain(lookup, wrong.name) }),
      atOnce,
    ),
  ]);
  const wrongHosts = chains.filter(
    ({ chain }) =>
      (chain.outcome === "present" || chain.aliases.length > 0) && !(wildcard && isSameAnswer(chain, wildcard)),
  );
  return { ...(wrongHosts.length > 0 && { wrongHosts }), ...(addresses.length > 0 && { addresses }) };
}

/** The usual wrong names, and those of a zone file that were probably meant for this one. Selectors in use and what aliases lead to are none of them. */
function namesToTry(
  { selector, keyName }: SelectorEvidence,
  seen: readonly SelectorEvidence[],
  { domain, expectations, namesInZone }: Search,
): WrongName[] {
  const listed = namesInZone.flatMap((name): WrongName[] => {
    const meant = selectorMeantBy(name, domain);
    return meant?.selector === selector ? [{ name, mistake: meant.mistake }] : [];
  });
  const near = seen
    .filter((other) => isNearSelector(other.selector, selector))
    .map((other): WrongName => ({
      name: other.keyName,
      mistake: `the selector is ${other.selector}, not ${selector}`,
    }));
  const taken = new Set(
    seen.flatMap(({ sources, keyName: own, chain }) => [
      ...(sources.some((source) => source === "given" || source === "mail" || source === "report") ? [own] : []),
      ...chain.aliases.map(({ target }) => target),
    ]),
  );
  const hints = { target: expectations.targets[keyName], registrableDomain: registrableDomainOf(domain) };
  const byName = new Map<string, WrongName>();
  for (const wrong of [...listed, ...near, ...wrongNames(selector, domain, hints)])
    if (!byName.has(wrong.name) && !taken.has(wrong.name)) byName.set(wrong.name, wrong);
  return [...byName.values()];
}

/** A DNS host that stands in for an alias as a proxy answers with its own addresses. */
async function addressesAt({ keyName, chain }: SelectorEvidence, lookup: LimitedLookup): Promise<string[]> {
  if (chain.outcome !== "absent" || chain.reason === "nxdomain") return [];
  const answers = await Promise.all([lookup.lookup(keyName, TYPE.A), lookup.lookup(keyName, TYPE.AAAA)]);
  return answers.flatMap(({ records, aliases }) =>
    aliases.length > 0 ? [] : records.map(({ type, data }) => `${typeName(type)} ${rdataText(type, data)}`),
  );
}

/** Types that people put beside an alias; a file answers for each of them. */
const besideTypes = [TYPE.A, TYPE.AAAA, TYPE.MX, TYPE.NS, TYPE.TXT, TYPE.SRV, TYPE.CAA, TYPE.CNAME];

async function besideAliases(
  { chain }: SelectorEvidence,
  { dns, lookup }: Search,
): Promise<Pick<SelectorEvidence, "besideAliases">> {
  if (dns === "network") return {};
  const names = [...new Set(chain.aliases.map(({ name }) => name))];
  const found = await inParallel(names, async (name) => {
    const answers = await Promise.all(besideTypes.map((type) => lookup.lookup(name, type)));
    return {
      name,
      types: answers.filter((answer) => stands(answer, name)).map(({ question }) => typeName(question.type)),
    };
  });
  const beside = found.filter(({ types }) => types.length > 0);
  return beside.length === 0 ? {} : { besideAliases: beside };
}

/** Records at the very name, beside its alias; of aliases a second one. */
const stands = ({ outcome, question, finalName, records }: Resolution, name: string): boolean =>
  outcome === "present" && finalName === name && records.length > (question.type === TYPE.CNAME ? 1 : 0);

async function copiedFrom(
  { selector, keyName }: SelectorEvidence,
  seen: readonly SelectorEvidence[],
  { domain, expectations, namesInZone, catalogue, lookup }: Search,
): Promise<Pick<SelectorEvidence, "likelyTargets">> {
  const expected = expectations.targets[keyName];
  const names = likelyTargets(selector, { domain, expected, selectors: seen, namesInZone, catalogue });
  const chains = await inParallel(names, (name) => lookUpChain(lookup, name), atOnce);
  const found = chains.filter(({ outcome }) => outcome === "present");
  return found.length === 0 ? {} : { likelyTargets: found };
}
