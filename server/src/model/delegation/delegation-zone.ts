import { challengeName } from "./challenge-name.ts";
import { type Claim, type DelegationMethod, streamLabel } from "./delegation.ts";
import { nsHostNames } from "./issued-name.ts";
import { selectorFrom } from "./selector.ts";

/** Where the methods differ in which a zone is delegated to us. */
export type ZoneDelegation = Pick<DelegationMethod, "name" | "hidesSelectors" | "hidesNames" | "notes"> & {
  zoneOf: (claim: Claim) => string;
  /** Below this name in the parent's zone the proof of control stands; it must not lie inside what is delegated. */
  provenAt: (claim: Claim) => string;
  selectors: NonNullable<DelegationMethod["selectors"]>;
};

/**
 * A method in which the customer delegates a zone to us by NS, under names of our servers that are this claim's alone. Every
 * key has a selector of its own in that zone, used once.
 */
export const zoneDelegation = ({ zoneOf, provenAt, ...row }: ZoneDelegation): DelegationMethod => ({
  ...row,
  keeper: "us",
  proof: "challenge",
  challengeName: (claim) => challengeName(provenAt(claim)),
  slots: () => undefined,
  drainingMax: undefined,
  standby: true,
  // The first key meets whatever the parent said before it delegated. Later names are new in a zone that only we ever filled.
  history: (delegatedBefore) => (delegatedBefore ? "new" : "changed"),
  customerRecords: (claim, _roles, dns) =>
    nsHostNames(claim, dns).map((host) => ({
      name: zoneOf(claim),
      type: "NS",
      data: `${host}.`,
      purpose: "delegation",
    })),
  issuedNames: (claim, _roles, dns) =>
    nsHostNames(claim, dns).map((name, index) => ({ name, purpose: "ns-host", slot: index + 1 })),
  place: (claim, role, slot, _dns, now, taken) => {
    const template = claim.options.selectorTemplate ?? row.selectors.template;
    // A selector that has to end in the label of the zone tells its stream before: the zone is that of all streams.
    const { label, stream } = claim;
    const told = row.selectors.endIn === "" ? { label: streamLabel(claim) } : { label, ...(stream && { stream }) };
    const selector = selectorFrom(template, { ...told, role, now, taken });
    const keyName = `${selector}._domainkey.${claim.domain}`;
    return { slot, selector, keyName, zone: zoneOf(claim), recordName: keyName };
  },
  chain: (claim, place, record, dns) => ({
    aliases: [],
    delegation: { name: zoneOf(claim), hosts: nsHostNames(claim, dns) },
    record: { name: place.recordName, text: record },
  }),
  signingDomain: ({ domain }) => domain,
  ownZone: zoneOf,
  sharedZone: (_claim, dns) => dns.zone,
});
