import { getPublicSuffix } from "tldts";

/** The public suffix that a name ends in, by the list's ICANN and private sections (RFC 7489 §3.2); null: the list does not say. */
export const publicSuffixOf = (domain: string): string | null => getPublicSuffix(domain, { allowPrivateDomains: true });
