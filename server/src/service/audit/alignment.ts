import {
  alignmentOf,
  discoverPolicy,
  organizationalDomain,
  recordSource,
  satisfies,
  walkTree,
  type Alignment,
  type AlignmentMode,
} from "chancery/dmarc";
import type { ResolveTxt } from "chancery/dkim";
import { getDomain } from "tldts";

export type Aligned = { alignment: Alignment; aligned: "yes" | "no" | "unknown" };

/** How authenticated domains stand to author domains, by what is published now. Each name is asked for once. */
export type Aligner = {
  /** Undefined: DNS did not answer. */
  organizationalDomainOf(domain: string): Promise<string | undefined>;
  compare(method: "dkim" | "spf", authorDomain: string, authenticated: string | undefined): Promise<Aligned>;
};

/** For how many domains the tree is walked; the public suffix list answers for the others. Each walk asks up to eight names. */
const walksMax = 20;

/** `resolveTxt` should ask for each name once. */
export function alignerBy(resolveTxt: ResolveTxt): Aligner {
  const source = recordSource(resolveTxt);
  const organizations = new Map<string, Promise<string | undefined>>();
  const modes = new Map<string, Promise<{ dkim: AlignmentMode; spf: AlignmentMode }>>();

  const organizationOf = (domain: string): Promise<string | undefined> => {
    const known = organizations.get(domain);
    if (known !== undefined) return known;
    const answer = organizations.size < walksMax ? walkFrom(domain) : Promise.resolve(bySuffix(domain));
    organizations.set(domain, answer);
    return answer;
  };
  /** Where no record is on the way, the tree has no opinion; the owner of such a domain is who registered it. */
  const walkFrom = async (domain: string): Promise<string | undefined> => {
    const walk = await walkTree(domain, source);
    if (!walk.complete) return undefined;
    const hasRecord = walk.steps.some(({ lookup }) => lookup.state === "present");
    return hasRecord ? organizationalDomain(walk) : bySuffix(domain);
  };
  const modesOf = (authorDomain: string) => {
    const known = modes.get(authorDomain);
    if (known !== undefined) return known;
    const answer = discoverPolicy(authorDomain, source).then((found): { dkim: AlignmentMode; spf: AlignmentMode } =>
      found.state === "present"
        ? { dkim: found.record.adkim, spf: found.record.aspf }
        : { dkim: "relaxed", spf: "relaxed" },
    );
    modes.set(authorDomain, answer);
    return answer;
  };

  return {
    organizationalDomainOf: organizationOf,
    async compare(method, authorDomain, authenticated) {
      if (authenticated === undefined) return { alignment: "none", aligned: "no" };
      const alignment = await alignmentOf(authorDomain, authenticated, organizationOf);
      return { alignment, aligned: satisfies(alignment, (await modesOf(authorDomain))[method]) };
    },
  };
}

const bySuffix = (domain: string): string => getDomain(domain, { allowPrivateDomains: true }) ?? domain;
