import type { Author } from "chancery/mail";

/** A claim in force, as far as signing depends on it. `vouched`: by the operator's word, for one tenant alone. */
export type SigningClaim = { domainId: string; domain: string; tenantId: string; basis: "verified" | "vouched" };

/** May this be signed, as which domain; or why not. `unclaimed`: no domain of anybody here. `refuse`: for ever, not "not now". */
export type SigningDecision =
  | { may: "sign"; claim: SigningClaim }
  | { may: "unclaimed"; detail: string }
  | { may: "refuse"; reason: "no-single-author" | "not-this-tenants-domain"; detail: string };

const authorProblems: Record<Exclude<Author, { ok: true }>["reason"], string> = {
  "no-from": "the message has no From field",
  "several-from-fields": "the message has several From fields",
  "several-addresses": "the From field has several addresses",
  group: "the From field has a group in place of an address",
  unparsable: "the From field cannot be read",
};

/**
 * Whether a tenant's message may be signed: exactly one From field with exactly one address, in a domain whose claim this
 * tenant has verified. The closest verified claim at or above the address decides, whoever's it is: whoever was given
 * news.example.com signs for it, and the holder of example.com does not. Where nobody has verified any of them, a claim of
 * this tenant that the operator vouches for counts, and ends with the first verified one.
 * @param claimOf the verified claim of exactly this domain, if there is one
 * @param vouchedClaimOf the tenant's own claim of exactly this domain that the operator vouches for, if there is one
 */
export function decideSigning(
  author: Author,
  tenantId: string,
  claimOf: (domain: string) => SigningClaim | undefined,
  vouchedClaimOf: (domain: string) => SigningClaim | undefined = () => undefined,
): SigningDecision {
  if (!author.ok) return { may: "refuse", reason: "no-single-author", detail: authorProblems[author.reason] };
  const detail = `${author.domain} is not a verified domain of this sender`;
  for (const domain of domainsAbove(author.domain)) {
    const claim = claimOf(domain);
    if (claim === undefined) continue;
    return claim.tenantId === tenantId
      ? { may: "sign", claim }
      : { may: "refuse", reason: "not-this-tenants-domain", detail };
  }
  for (const domain of domainsAbove(author.domain)) {
    const claim = vouchedClaimOf(domain);
    if (claim?.tenantId === tenantId) return { may: "sign", claim };
  }
  return { may: "unclaimed", detail };
}

const labelsMax = 127;

/** The domain itself and everything above it that has two labels or more. */
export function domainsAbove(domain: string): string[] {
  const labels = domain.toLowerCase().split(".").slice(-labelsMax);
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join("."));
}
