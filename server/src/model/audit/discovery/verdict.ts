import type { AuditEvidence } from "../evidence.ts";

/** How far the search for selectors could see, in a sentence: that guessing found nothing never says that nothing is there. */
export function discoveryVerdict({ domain, selectors, discovery, dns }: AuditEvidence): string {
  const { domainkeyNode, namesTried, wildcard } = discovery;
  const node = `_domainkey.${domain}`;
  const there = selectors.filter(({ chain }) => chain.outcome === "present" || chain.aliases.length > 0).length;
  if (domainkeyNode === "nxdomain") return `${node} does not exist, so ${domain} has no selector at all (RFC 8020)`;
  if (there > 0) {
    const found = there === 1 ? "One selector was found" : `${there} selectors were found`;
    return dns === "file" ? `${found} in the file` : `${found}; there may be others, since DNS lists no names`;
  }
  if (wildcard !== undefined)
    return `It is not known which selectors there are: a wildcard answers for every name below ${node}`;
  if (dns === "file" && domainkeyNode === "exists") return `The file has no selector of ${domain}`;
  if (domainkeyNode === "unknown")
    return `It is not known which selectors there are: DNS gave no answer that says anything of ${node}`;
  const tried = namesTried === 0 ? "no name was tried" : `none of ${namesTried} names that were tried is one`;
  return `It is not known which selectors there are: ${node} exists, so there is a selector or there was one, and ${tried}`;
}
