import { parentName } from "chancery/dns";
import type { Claim } from "./delegation.ts";
import { zoneDelegation } from "./delegation-zone.ts";

const parentOf = ({ domain }: Claim): string => parentName(domain) ?? domain;

/**
 * `ns-subdomain`: the customer delegates a sending subdomain with everything at and below it. It is the signing domain. The
 * proof of control stands in the parent's zone: it stays visible after the cut-over, and who answers for the subdomain alone
 * cannot make it.
 */
export const nsSubdomain = zoneDelegation({
  name: "ns-subdomain",
  zoneOf: ({ domain }) => domain,
  provenAt: parentOf,
  selectors: { template: "{label}-{mon}{yyyy}", endIn: "" },
  hidesSelectors: false,
  hidesNames: true,
  notes: (claim) => [
    `everything at and below ${claim.domain} moves to us: what stands there now (addresses, MX, TXT) is asked of us from then on`,
    `nothing else of ${parentOf(claim)} moves: its mail, its web site and its other names stay where they are`,
    `once the proof was seen: "chancery zone template apply ${claim.domain} spf" puts a record there; "chancery zone template list" has bounces, tracking, MTA-STS and others`,
  ],
});
