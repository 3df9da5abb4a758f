import type { Claim } from "./delegation.ts";
import { zoneDelegation } from "./delegation-zone.ts";

const keyNamesOf = ({ domain }: Claim): string => `_domainkey.${domain}`;

/**
 * `ns-domainkey`: the customer delegates `_domainkey.<domain>`, and every selector is ours to answer for. Those of other
 * vendors have to be in our zone before, or their mail fails from the cut-over on (S18).
 */
export const nsDomainkey = zoneDelegation({
  name: "ns-domainkey",
  zoneOf: keyNamesOf,
  provenAt: ({ domain }) => domain,
  selectors: { template: "{label}-{mon}{yyyy}", endIn: "" },
  hidesSelectors: true,
  notes: (claim) => [
    `every name below ${keyNamesOf(claim)} moves to us, selectors of other vendors too: they are found and taken over before`,
    `nothing else of ${claim.domain} moves: MX, SPF, DMARC, the web site and every other name stay where they are`,
  ],
});
