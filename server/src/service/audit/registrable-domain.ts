import { getDomain, parse } from "tldts";

/** Names that documents, tests and labs use as if they could be registered (RFC 2606 §2). */
const documentationSuffixes = new Set(["example", "test"]);

/**
 * The part of a name that somebody registers, by the ICANN section of the public suffix list: the suffix and one label.
 * Undefined where nobody can register one: the name is a suffix itself, or ends in no suffix that the list knows.
 */
export function registrableDomainOf(name: string): string | undefined {
  const { domain, isIcann, publicSuffix } = parse(name, { extractHostname: false });
  if (domain === null || publicSuffix === null) return undefined;
  return isIcann === true || documentationSuffixes.has(publicSuffix) ? domain : undefined;
}

/** The organizational domain by RFC 7489 §3.2: below the public suffix, ICANN and private sections; the name itself if it is one. */
export const listedOrganizationOf = (name: string): string =>
  getDomain(name, { allowPrivateDomains: true, extractHostname: false }) ?? name;
