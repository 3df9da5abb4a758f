import { challengeName } from "./challenge-name.ts";
import type { Claim, DelegationMethod, DnsSettings, UpstreamAlias } from "./delegation.ts";
import { upstreamAliasName } from "./issued-name.ts";

const upstreamAliases = (claim: Claim, dns: DnsSettings): UpstreamAlias[] =>
  (claim.options.selectors ?? []).map((selector, index) => ({
    selector,
    keyName: `${selector}._domainkey.${claim.domain}`,
    aliasName: upstreamAliasName(claim, index + 1, dns),
  }));

/**
 * `cname-chain`: the customer's alias leads to ours, and ours to an upstream provider's, which holds and turns the key. We move
 * our alias (`alias/alias-move.ts`); the customer's record stays as it is.
 */
export const cnameChain: DelegationMethod = {
  name: "cname-chain",
  noStreams: "the keys are an upstream's, which knows nothing of our streams",
  keeper: "upstream",
  proof: "challenge",
  challengeName: ({ domain }) => challengeName(domain),
  selectors: undefined,
  hidesSelectors: false,
  options: {
    knows: ["upstreams"],
    begin: ({ upstreams = [] }) => ({ selectors: upstreams.map(({ selector }) => selector) }),
  },
  slots: () => [],
  upstreamAliases,
  drainingMax: undefined,
  standby: false,
  history: () => "changed",
  customerRecords: (claim, _roles, dns) =>
    upstreamAliases(claim, dns).map(({ keyName, aliasName }) => ({
      name: keyName,
      type: "CNAME",
      data: `${aliasName}.`,
      purpose: "key-alias",
    })),
  issuedNames: (claim, _roles, dns) =>
    upstreamAliases(claim, dns).map(({ aliasName }, index) => ({
      name: aliasName,
      purpose: "key-target",
      slot: index + 1,
    })),
  place: () => {
    throw new Error("a chain has no keys of ours");
  },
  chain: (_claim, place, record) => ({
    aliases: [{ name: place.keyName, target: place.recordName }],
    record: { name: place.recordName, text: record },
  }),
  signingDomain: ({ domain }) => domain,
  ownZone: () => undefined,
  sharedZone: (_claim, dns) => dns.zone,
  notes: ({ domain }) => [
    `nothing of ${domain} moves: the names above lead to our alias, and from there to the provider that signs`,
  ],
};
