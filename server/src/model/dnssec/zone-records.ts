import { isShown, presenceOf } from "./presence.ts";
import type { ZoneKey, ZoneKeysState } from "./zone-key.ts";

/** What the keys of a zone put at its apex, as RDATA in base64, and who signs what. */
export type ApexOfKeys = {
  dnskeys: readonly string[];
  cds: readonly string[];
  cdnskeys: readonly string[];
  /** These sign the keys, and what the parent is asked for (RFC 7344 §4.1). */
  signsKeys: readonly ZoneKey[];
  /** These sign everything else. */
  signsZone: readonly ZoneKey[];
};

/** "Take the DS records away" (RFC 8078 §4): key tag, algorithm, digest type and digest 0; flags 0, protocol 3, algorithm 0, key 0. */
export const deleteCds = Buffer.from([0, 0, 0, 0, 0]).toString("base64");
export const deleteCdnskey = Buffer.from([0, 0, 3, 0, 0]).toString("base64");

/** A function of the facts alone, so that zone and facts change in one transaction and never come apart. */
export function apexOfKeys(
  { goal, keys }: Pick<ZoneKeysState, "goal" | "keys">,
  cdsOf: (key: ZoneKey) => string,
): ApexOfKeys {
  const published = keys.filter((key) => isShown(key, "dnskey"));
  const asked = published.filter((key) => isShown(key, "ds"));
  const leaves = goal === "unsigned" && published.some((key) => presenceOf(key, "ds") !== "hidden");
  return {
    dnskeys: published.map(({ dnskey }) => dnskey),
    cds: leaves ? [deleteCds] : asked.map(cdsOf),
    cdnskeys: leaves ? [deleteCdnskey] : asked.map(({ dnskey }) => dnskey),
    signsKeys: published.filter(({ role }) => role === "ksk"),
    signsZone: keys.filter((key) => key.role === "zsk" && isShown(key, "signatures")),
  };
}
