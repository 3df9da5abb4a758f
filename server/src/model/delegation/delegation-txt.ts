import { challengeName } from "./challenge-name.ts";
import { type ClaimKey, type CustomerRecord, type DelegationMethod, streamLabel } from "./delegation.ts";
import type { KeyPhase } from "../key/key-phase.ts";
import { selectorFrom } from "./selector.ts";

const template = "{mon}{yyyy}-{label}";

/**
 * `txt`: the customer publishes the key records itself, each key under a selector of its own: `feb2026-<label>`. We ask, remind
 * and watch; a customer that does nothing keeps what it has.
 */
export const txt: DelegationMethod = {
  name: "txt",
  keeper: "customer",
  keysAhead: true,
  proof: "challenge",
  challengeName: ({ domain }) => challengeName(domain),
  selectors: { template, endIn: "" },
  hidesSelectors: false,
  slots: () => undefined,
  drainingMax: undefined,
  standby: false, // each one would be work for the customer
  // A wrong record may have stood there before the right one: caches keep it for its TTL.
  history: () => "changed",
  customerRecords: (_claim, _roles, _dns, keys) => keys.flatMap(keyRecord),
  issuedNames: () => [],
  place: (claim, role, slot, _dns, now, taken) => {
    const occasion = { label: streamLabel(claim), role, now, taken };
    const selector = selectorFrom(claim.options.selectorTemplate ?? template, occasion);
    const keyName = `${selector}._domainkey.${claim.domain}`;
    return { slot, selector, keyName, zone: claim.domain, recordName: keyName };
  },
  chain: (_claim, { keyName }, record) => ({
    aliases: [],
    record: { name: keyName, text: record, keptBy: "customer" },
  }),
  signingDomain: ({ domain }) => domain,
  ownZone: () => undefined,
  sharedZone: (_claim, dns) => dns.zone,
  notes: ({ domain }) => [
    `nothing of ${domain} moves: you keep the key records, and are asked for a new one at each rotation`,
  ],
};

/** What a customer is asked to do about the record of a key, by the key's phase; nothing: it is over. */
export const requestOfPhase: Record<KeyPhase, "key-request" | "key-record" | "key-removal" | undefined> = {
  generated: "key-request",
  publishing: "key-request",
  published: "key-request",
  ready: "key-request",
  active: "key-record",
  draining: "key-record",
  withdrawing: "key-removal",
  revoking: "key-removal",
  withdrawn: undefined,
  revoked: undefined,
  silenced: "key-request",
  destroyed: undefined,
  unknown: undefined,
};

/** The record that the customer publishes for a key, or may take away. */
export function keyRecord({ keyName, record, phase }: ClaimKey): CustomerRecord[] {
  const purpose = requestOfPhase[phase];
  return purpose === undefined ? [] : [{ name: keyName, type: "TXT", data: `"${record}"`, purpose }];
}
