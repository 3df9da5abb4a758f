import { challengeName } from "./challenge-name.ts";
import {
  isKeptByCustomer,
  type Claim,
  type ClaimKey,
  type CustomerRecord,
  type DelegationMethod,
} from "./delegation.ts";
import type { DnsSettings, KeyPlace } from "./delegation.ts";
import { keyRecord, requestOfPhase } from "./delegation-txt.ts";
import { targetName } from "./issued-name.ts";

/**
 * `customer-key`: the customer makes the key pair and names its selector. Its record stands where it was agreed when the key came: in
 * the customer's zone, or with us behind an alias.
 */
export const customerKey: DelegationMethod = {
  name: "customer-key",
  noStreams: "the keys come from the customer, one at a time",
  keeper: "as-imported",
  maker: "customer",
  proof: "challenge",
  challengeName: ({ domain }) => challengeName(domain),
  selectors: undefined,
  hidesSelectors: false,
  slots: () => undefined,
  drainingMax: undefined,
  standby: false,
  history: () => "changed", // the customer has used the name as it liked
  customerRecords: (_claim, _roles, _dns, keys) => keys.flatMap(recordOf),
  issuedNames: () => [],
  // Never asked: a key of this method comes with its selector.
  place: (claim, _role, slot, dns) => importedPlace(claim, `k${slot}`, slot, "customer", dns),
  chain: (_claim, place, record) =>
    isKeptByCustomer(customerKey, place)
      ? { aliases: [], record: { name: place.keyName, text: record, keptBy: "customer" } }
      : {
          aliases: [{ name: place.keyName, target: place.recordName }],
          record: { name: place.recordName, text: record },
        },
  signingDomain: ({ domain }) => domain,
  ownZone: () => undefined,
  sharedZone: (_claim, dns) => dns.zone,
  notes: ({ domain }) => [`nothing of ${domain} moves; "chancery key import ${domain}" takes the key that you bring`],
};

/** Where a key stands that the customer brings under a selector of its own. `keeper`: who publishes its record. */
export function importedPlace(
  claim: Claim,
  selector: string,
  slot: number,
  keeper: "us" | "customer",
  dns: DnsSettings,
): KeyPlace {
  const keyName = `${selector}._domainkey.${claim.domain}`;
  return keeper === "customer"
    ? { slot, selector, keyName, zone: claim.domain, recordName: keyName }
    : { slot, selector, keyName, zone: dns.zone, recordName: targetName(claim, slot, dns) };
}

function recordOf(key: ClaimKey): CustomerRecord[] {
  if (isKeptByCustomer(customerKey, key)) return keyRecord(key);
  const { keyName: name, recordName } = key;
  const alias = { name, type: "CNAME", data: `${recordName}.` } as const;
  const purpose = requestOfPhase[key.phase];
  // An alias to a name of ours that holds nothing more harms nobody; it is shown as one that can go until the name is free.
  return purpose === undefined ? [] : [{ ...alias, purpose: purpose === "key-removal" ? purpose : "key-alias" }];
}
