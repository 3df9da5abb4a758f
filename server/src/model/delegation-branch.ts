import type { Claim, DelegationMethod } from "./delegation.ts";
import { nsHostNames } from "./issued-name.ts";
import { datedSelector } from "./selector.ts";

const branchOf = (claim: Claim): string => `${claim.label}._domainkey.${claim.domain}`;

/**
 * `ns-branch`: the customer delegates `<label>._domainkey.<domain>` as a zone; selectors in it are `feb2026.<label>`, each
 * used once. Other vendors' selectors beside the branch stay untouched.
 */
export const nsBranch: DelegationMethod = {
  name: "ns-branch",
  keeper: "us",
  slots: () => undefined,
  drainingMax: undefined,
  standby: true,
  // The first key meets whatever the parent said before it delegated. Later names are new in a zone that only we ever filled.
  history: (delegatedBefore) => (delegatedBefore ? "new" : "changed"),
  customerRecords: (claim, _roles, dns) =>
    nsHostNames(claim, dns).map((host) => ({
      name: branchOf(claim),
      type: "NS",
      data: `${host}.`,
      purpose: "delegation",
    })),
  issuedNames: (claim, _roles, dns) =>
    nsHostNames(claim, dns).map((name, index) => ({ name, purpose: "ns-host", slot: index + 1 })),
  place: (claim, role, slot, _dns, now, taken) => {
    const selector = datedSelector(role === "primary" ? "" : "-ed25519", now, taken, `.${claim.label}`);
    const keyName = `${selector}._domainkey.${claim.domain}`;
    return { slot, selector, keyName, zone: branchOf(claim), recordName: keyName };
  },
  chain: (claim, place, record, dns) => ({
    aliases: [],
    delegation: { name: branchOf(claim), hosts: nsHostNames(claim, dns) },
    record: { name: place.recordName, text: record },
  }),
  ownZone: branchOf,
};
