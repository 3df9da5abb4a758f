import { parentName } from "chancery/dns";
import type { Claim, DelegationMethod, DnsSettings } from "./delegation.ts";
import { heldName } from "./issued-name.ts";
import { selectorFrom } from "./selector.ts";

/** What was fixed when the name was given; the zone in the settings may be another one since. */
const signingDomainOf = (claim: Claim, dns: DnsSettings): string => claim.options.signingDomain ?? heldName(claim, dns);

/** The zone of ours right above that name. */
const zoneOf = (claim: Claim, dns: DnsSettings): string => parentName(signingDomainOf(claim, dns)) ?? dns.zone;

/**
 * `third-party-domain`: the customer publishes nothing. We sign as a name that we hold for them below a zone of ours, unique
 * and never given again. DMARC does not align with it, and nothing shows that the customer may use the author domain: only the
 * operator makes such a claim.
 */
export const thirdPartyDomain: DelegationMethod = {
  name: "third-party-domain",
  noStreams: "it signs as one name of ours, for no domain of the customer's",
  keeper: "us",
  proof: "operator",
  challengeName: () => undefined,
  slots: () => undefined,
  drainingMax: undefined,
  standby: true,
  selectors: { template: "{label}-{mon}{yyyy}", endIn: "" },
  hidesSelectors: false,
  history: () => "new", // nobody but us ever filled the zone above the name
  customerRecords: () => [],
  issuedNames: (claim, _roles, dns) => [{ name: signingDomainOf(claim, dns), purpose: "signing-domain", slot: 1 }],
  place: (claim, role, slot, dns, now, taken) => {
    const template = claim.options.selectorTemplate ?? "{label}-{mon}{yyyy}";
    const selector = selectorFrom(template, { label: claim.label, role, now, taken });
    const keyName = `${selector}._domainkey.${signingDomainOf(claim, dns)}`;
    return { slot, selector, keyName, zone: zoneOf(claim, dns), recordName: keyName };
  },
  chain: (_claim, place, record) => ({ aliases: [], record: { name: place.recordName, text: record } }),
  signingDomain: signingDomainOf,
  ownZone: () => undefined,
  sharedZone: zoneOf,
  notes: (claim, dns) => [
    `${claim.domain} publishes nothing: mail From it is signed with d=${signingDomainOf(claim, dns)}, a name that we hold`,
    `that does not align: DMARC of ${claim.domain} passes by SPF or by another signature alone, and receivers show who really signed`,
    `nothing proves that ${claim.domain} agrees: when its owner verifies it with any other method, this signing stops`,
  ],
};
