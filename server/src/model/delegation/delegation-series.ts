import { challengeName } from "./challenge-name.ts";
import type { Claim, DelegationMethod, DnsSettings, OfferedName } from "./delegation.ts";
import { seriesTargetName } from "./issued-name.ts";
import { leavesNameFree } from "../key/key-phase.ts";
import { type NameSeries, nextNames, selectorAt, seriesTemplate, usualBatch } from "./name-series.ts";

const offered = (claim: Claim, dns: DnsSettings): Omit<OfferedName, "state">[] =>
  (claim.options.series?.names ?? []).map(({ selector, role }, index) => ({
    slot: index + 1,
    role,
    keyName: `${selector}._domainkey.${claim.domain}`,
    target: seriesTargetName(claim, index + 1, dns),
  }));

/**
 * `cname-series`: one alias for each dated selector, a batch at a time, each to a target of its own. A name serves one key and
 * never another; when few are left the next batch is issued, and the customer is asked to publish it.
 */
export const cnameSeries: DelegationMethod = {
  name: "cname-series",
  keeper: "us",
  proof: "challenge",
  challengeName: ({ domain }) => challengeName(domain),
  selectors: { template: seriesTemplate, endIn: "" },
  hidesSelectors: false,
  options: {
    knows: ["batch"],
    begin: ({ batch }, { roles, ...given }) => {
      const empty: NameSeries = { batch: batch ?? usualBatch(given.rotateAfterSeconds), names: [] };
      const names = roles.flatMap((role) => nextNames(empty, role, { ...given, unused: 0, taken: [] }));
      return { series: { ...empty, names } };
    },
  },
  slots: () => [], // the names offered
  offered,
  drainingMax: undefined,
  standby: true,
  history: () => "changed", // what the customer's name led to before us we cannot know
  // The alias of a key that is gone is no longer asked for; where it still stands it leads to a name that nobody gets again.
  customerRecords: (claim, roles, dns, keys) =>
    offered(claim, dns).flatMap(({ slot, role, keyName, target }) => {
      const key = keys.find((one) => one.slot === slot);
      if (!roles.includes(role) || (key !== undefined && leavesNameFree(key.phase))) return [];
      return { name: keyName, type: "CNAME", data: `${target}.`, purpose: key ? "key-alias" : "key-alias-ahead" };
    }),
  issuedNames: (claim, _roles, dns) =>
    offered(claim, dns).map(({ slot, target }) => ({ name: target, purpose: "key-target", slot })),
  place: (claim, _role, slot, dns) => {
    const selector = selectorAt(claim.options.series, slot);
    const keyName = `${selector}._domainkey.${claim.domain}`;
    return { slot, selector, keyName, zone: dns.zone, recordName: seriesTargetName(claim, slot, dns) };
  },
  chain: (_claim, place, record) => ({
    aliases: [{ name: place.keyName, target: place.recordName }],
    record: { name: place.recordName, text: record },
  }),
  ownZone: () => undefined,
  sharedZone: (_claim, dns) => dns.zone,
  notes: ({ domain }) => [
    `nothing of ${domain} moves: the names above lead to our keys, everything else stays where it is`,
    "each name serves one key: before the names run out, the next batch is shown here",
  ],
  signingDomain: ({ domain }) => domain,
};
