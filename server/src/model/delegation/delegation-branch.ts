import type { Claim } from "./delegation.ts";
import { zoneDelegation } from "./delegation-zone.ts";

const branchOf = (claim: Claim): string => `${claim.label}._domainkey.${claim.domain}`;

/**
 * `ns-branch`: the customer delegates `<label>._domainkey.<domain>` as a zone; selectors in it are `feb2026.<label>`, each
 * used once. Other vendors' selectors beside the branch stay untouched.
 */
export const nsBranch = zoneDelegation({
  name: "ns-branch",
  zoneOf: branchOf,
  provenAt: ({ domain }) => domain,
  selectors: { template: "{mon}{yyyy}.{label}", endIn: ".{label}" },
  hidesSelectors: false,
  notes: (claim) => [
    `only the names below ${branchOf(claim)} move to us`,
    `nothing else of ${claim.domain} moves: the selectors of others, MX, SPF, DMARC and the web site stay where they are`,
  ],
});
