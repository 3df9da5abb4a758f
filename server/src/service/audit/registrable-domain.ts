import { parse } from "tldts";

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
