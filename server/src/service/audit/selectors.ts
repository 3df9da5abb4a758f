import { randomBytes } from "node:crypto";
import { inParallel } from "../../engine/resolver/authorities/parallel.ts";
import type { Lookup } from "../../engine/resolver/resolution.ts";
import { isSameAnswer } from "../../model/audit/checks/chain/key-names-of.ts";
import { keyNameOf, knownSelectors } from "../../model/audit/discovery/known-selectors.ts";
import { selectorGuesses } from "../../model/audit/discovery/selector-guesses.ts";
import { isKeyLike, selectorOfKeyAt } from "../../model/audit/discovery/wrong-host.ts";
import type { DiscoveryEvidence, SelectorEvidence, SelectorSource } from "../../model/audit/evidence.ts";
import type { Catalogue } from "../../model/provider/catalogue.ts";
import { fellowsToLookFor } from "../../model/provider/selector-chain.ts";
import type { TracedChain } from "../../model/traced-chain.ts";
import { aroundKeyNames } from "./around-key-names.ts";
import { lookUpChain } from "./chain.ts";
import { limitedLookup, type LimitedLookup, unlimitedLookup } from "./limited-lookup.ts";
import type { SelectorSearch } from "./selector-search.ts";

/** An audit's budget (one name's: 5 s): what a stranger's zones can make it ask, and how long that takes. */
const limits = { queriesMax: 200, questionMs: 3000, totalMs: 4500 };
const guessesMax = 80;
/** So many questions are under way at once. */
const atOnce = 24;

/**
 * Looks up every selector that something names, then tries names that many domains have. Where `_domainkey` itself does not
 * exist nothing is below it (RFC 8020), and nothing is tried.
 */
export async function gatherSelectors(
  search: SelectorSearch,
): Promise<{ selectors: SelectorEvidence[]; discovery: DiscoveryEvidence }> {
  const { domain, dns, catalogue } = search;
  const lookup = dns === "file" ? unlimitedLookup(search.lookup) : limitedLookup(search.lookup, limits);
  const known = knownSelectors(search);
  const [spf, node, random, named] = await Promise.all([
    lookUpChain(lookup, domain),
    lookUpChain(lookup, `_domainkey.${domain}`),
    lookUpChain(lookup, keyNameOf(randomSelector(), domain)),
    lookUpAll(lookup, domain, [...known]),
  ]);
  const misplaced = await misplacedSelectors(search, named);
  named.push(
    ...(await lookUpAll(
      lookup,
      domain,
      misplaced.map((selector) => [selector, ["zone"]]),
    )),
  );
  const wildcard = isThere(random) ? random : undefined;
  const domainkeyNode = stateOf(node, named);
  // A file lists its names, below nothing is nothing, and who does not answer one question will not answer eighty.
  const isSilent = [node, random, ...named.map(({ chain }) => chain)].every(({ outcome }) => outcome === "unknown");
  const tried =
    dns === "file" || domainkeyNode === "nxdomain" || isSilent
      ? []
      : guesses(known, catalogue, spf).slice(0, guessesFor(lookup));
  const answers = await lookUpAll(lookup, domain, tried);
  const found = answers.filter(({ chain }) => isThere(chain) && !(wildcard && isSameAnswer(chain, wildcard)));
  const seen = [...named, ...found];
  const fellows = catalogue === undefined ? [] : fellowsToLookFor(catalogue, seen);
  seen.push(
    ...(await lookUpAll(
      lookup,
      domain,
      fellows.map((selector) => [selector, ["catalogue"]]),
    )),
  );
  const selectors = await aroundKeyNames(seen, { ...search, lookup, wildcard });
  return {
    selectors,
    discovery: {
      domainkeyNode,
      ...(isThere(node) && { atNode: node }),
      ...(wildcard && { wildcard }),
      namesTried: tried.length,
    },
  };
}

/** Selectors of which a zone file has the record, at a wrong name. What an alias leads to is where it should be. */
async function misplacedSelectors(
  { domain, namesInZone, lookup }: SelectorSearch,
  named: readonly SelectorEvidence[],
): Promise<string[]> {
  const known = new Set(
    named.flatMap(({ selector, chain }) => [selector, ...chain.aliases.map(({ target }) => target)]),
  );
  const found = await inParallel(namesInZone, async (name) => {
    const selector = known.has(name) ? undefined : selectorOfKeyAt(name, domain);
    if (selector === undefined || known.has(selector)) return [];
    return isKeyLike(await lookUpChain(lookup, name), {}) ? [selector] : [];
  });
  return [...new Set(found.flat())];
}

/** Half of what is left stays for what is looked at where a name has nothing. */
const guessesFor = (lookup: LimitedLookup): number => Math.max(0, Math.min(guessesMax, Math.floor(lookup.left() / 2)));

/** A selector that nobody has made. */
const randomSelector = (): string => `x${randomBytes(8).toString("hex")}`;

const isThere = (chain: TracedChain): boolean => chain.outcome === "present" || chain.aliases.length > 0;

/** A zone that denies the name and has something below it denies wrongly. */
function stateOf(node: TracedChain, named: readonly SelectorEvidence[]): DiscoveryEvidence["domainkeyNode"] {
  if (named.some(({ chain }) => isThere(chain))) return "exists";
  if (node.outcome === "unknown") return "unknown";
  return isThere(node) || node.outcome === "present" || node.reason === "nodata" ? "exists" : "nxdomain";
}

const guesses = (
  known: ReadonlyMap<string, unknown>,
  catalogue: Catalogue | undefined,
  atDomain: TracedChain,
): [selector: string, sources: SelectorSource[]][] => {
  const texts = atDomain.outcome === "present" ? atDomain.texts.map(({ text }) => text) : [];
  return selectorGuesses(
    catalogue,
    texts.find((text) => /^v=spf1\b/i.test(text)),
  )
    .filter(({ selector }) => !known.has(selector))
    .map(({ selector, source }) => [selector, [source]]);
};

const lookUpAll = (
  lookup: Lookup,
  domain: string,
  selectors: readonly [selector: string, sources: readonly SelectorSource[]][],
): Promise<SelectorEvidence[]> =>
  inParallel(
    selectors,
    async ([selector, sources]) => {
      const keyName = keyNameOf(selector, domain);
      return { selector, keyName, sources, chain: await lookUpChain(lookup, keyName) };
    },
    atOnce,
  );
