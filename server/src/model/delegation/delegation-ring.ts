import { challengeName } from "./challenge-name.ts";
import { type DelegationMethod, streamLabel } from "./delegation.ts";
import { targetName } from "./issued-name.ts";
import type { KeyRole } from "../key/key-role.ts";

/**
 * `cname-ring`: a few fixed aliases, turned by us. With three names one signs, one drains and one stands by. The second
 * role has a ring of its own, numbered on from the first: a name never holds two keys.
 */
export function ringOf(size: number): DelegationMethod {
  const slots = (role: KeyRole): number[] =>
    Array.from({ length: size }, (_, index) => index + 1 + (role === "primary" ? 0 : size));
  return {
    name: "cname-ring",
    keeper: "us",
    proof: "challenge",
    challengeName: ({ domain }) => challengeName(domain),
    selectors: undefined,
    hidesSelectors: false,
    slots,
    drainingMax: size > 2 ? size - 2 : undefined, // with two names the other one has to be free anyway
    standby: size > 2,
    history: () => "changed", // what the customer's names led to before us we cannot know
    customerRecords: (claim, roles, dns) =>
      roles.flatMap(slots).map((slot) => ({
        name: `${streamLabel(claim)}${slot}._domainkey.${claim.domain}`,
        type: "CNAME",
        data: `${targetName(claim, slot, dns)}.`,
        purpose: "key-alias",
      })),
    issuedNames: (claim, roles, dns) =>
      roles.flatMap(slots).map((slot) => ({ name: targetName(claim, slot, dns), purpose: "key-target", slot })),
    place: (claim, _role, slot, dns) => {
      const selector = `${streamLabel(claim)}${slot}`;
      const keyName = `${selector}._domainkey.${claim.domain}`;
      return { slot, selector, keyName, zone: dns.zone, recordName: targetName(claim, slot, dns) };
    },
    chain: (_claim, place, record) => ({
      aliases: [{ name: place.keyName, target: place.recordName }],
      record: { name: place.recordName, text: record },
    }),
    signingDomain: ({ domain }) => domain,
    ownZone: () => undefined,
    sharedZone: (_claim, dns) => dns.zone,
    notes: ({ domain }) => [
      `nothing of ${domain} moves: the names above lead to our keys, everything else stays where it is`,
    ],
  };
}

/** Three names, unless another number was agreed when the domain was added. */
export const cnameRing: DelegationMethod = { ...ringOf(3), sized: ringOf };
