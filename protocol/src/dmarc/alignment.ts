import { isAtOrBelow, parseDomain } from "../mail/domain.ts";
import type { AlignmentMode } from "./policy-record.ts";
import type { RecordSource } from "./record-lookup.ts";
import { organizationalDomain, walkTree } from "./tree-walk.ts";

/**
 * How an authenticated domain stands to the author domain (RFC 9989 §4.4): equal to it; of the same organizational domain;
 * neither; or the DNS did not answer and nobody can say. The last is never the third.
 */
export type Alignment = "strict" | "relaxed" | "none" | "unknown";

/** Gives the organizational domain of a name; undefined where the DNS did not answer. */
export type OrganizationalDomainOf = (domain: string) => Promise<string | undefined>;

/** By the DNS tree walk (§4.10.2). */
export const byTreeWalk =
  (source: RecordSource): OrganizationalDomainOf =>
  async (domain) => {
    const walk = await walkTree(domain, source);
    return walk.complete ? organizationalDomain(walk) : undefined;
  };

/**
 * Compares an authenticated domain (`d=` of a signature that passes, the domain that SPF passed for) with the author domain.
 * Neither order of the two matters. What cannot share an organizational domain costs no question: it would have to be at or
 * above both.
 */
export async function alignmentOf(
  one: string,
  other: string,
  organizationalDomainOf: OrganizationalDomainOf,
): Promise<Alignment> {
  const [first, second] = [parseDomain(one), parseDomain(other)];
  if (!first.ok || !second.ok) return "none";
  if (first.value === second.value) return "strict";
  if (topLabel(first.value) !== topLabel(second.value)) return "none";
  const organization = await organizationalDomainOf(first.value);
  if (organization !== undefined && !isAtOrBelow(second.value, organization)) return "none";
  const otherOrganization = await organizationalDomainOf(second.value);
  if (otherOrganization !== undefined && !isAtOrBelow(first.value, otherOrganization)) return "none";
  if (organization === undefined || otherOrganization === undefined) return "unknown";
  return organization === otherOrganization ? "relaxed" : "none";
}

const topLabel = (domain: string): string => domain.slice(domain.lastIndexOf(".") + 1);

/** Whether an alignment is one under `adkim=` or `aspf=`. */
export function satisfies(alignment: Alignment, mode: AlignmentMode): "yes" | "no" | "unknown" {
  switch (alignment) {
    case "strict":
      return "yes";
    case "relaxed":
      return mode === "relaxed" ? "yes" : "no";
    case "none":
      return "no";
    case "unknown":
      return mode === "relaxed" ? "unknown" : "no";
  }
}
