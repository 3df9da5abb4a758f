import { createHmac } from "node:crypto";
import type { Claim, DnsSettings } from "./delegation.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
/** 20 characters of 5 bits: 100 bits, so nobody guesses a name and no two claims ever meet in one. */
const labelLength = 20;

/** The random label of one name of a claim: the same for ever for the same claim, and for no other. */
function randomLabel(claim: Pick<Claim, "seed">, purpose: string, index: number): string {
  const digest = createHmac("sha256", claim.seed).update(`${purpose} ${index}`).digest();
  let label = "";
  for (let bit = 0; label.length < labelLength; bit += 5) {
    const pair = ((digest[bit >> 3] ?? 0) << 8) | (digest[(bit >> 3) + 1] ?? 0);
    label += alphabet[(pair >> (11 - (bit & 7))) & 31];
  }
  return label;
}

/** Of each stream of a claim the purpose is another, and so are its names. */
const inStream = (purpose: string, { stream }: Claim): string =>
  stream === undefined ? purpose : `${purpose}/${stream}`;

/** The name that the alias of a slot leads to. */
export const targetName = (claim: Claim, slot: number, dns: DnsSettings): string =>
  `${randomLabel(claim, inStream("key-target", claim), slot)}.${dns.zone}`;

/** The name that the alias of a slot of a series leads to: another than a ring's, since a claim can move from one to the other. */
export const seriesTargetName = (claim: Claim, slot: number, dns: DnsSettings): string =>
  `${randomLabel(claim, inStream("series-target", claim), slot)}.${dns.zone}`;

/** The alias of ours that leads on to an upstream, for the selector of a slot. */
export const upstreamAliasName = (claim: Claim, slot: number, dns: DnsSettings): string =>
  `${randomLabel(claim, "upstream-alias", slot)}.${dns.zone}`;

/** The names under which a claim's delegation knows our name servers, one for each of them. */
export const nsHostNames = (claim: Claim, dns: DnsSettings): string[] =>
  dns.nameservers.map((_, index) => `${randomLabel(claim, "ns-host", index + 1)}.ns.${dns.zone}`);

/** The name below a zone of ours that a claim signs as when the customer publishes nothing. */
export const heldName = (claim: Pick<Claim, "seed">, dns: DnsSettings): string =>
  `${randomLabel(claim, "signing-domain", 1)}.${dns.heldZone ?? dns.zone}`;
