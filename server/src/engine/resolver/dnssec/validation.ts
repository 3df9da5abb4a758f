import type { Dnskey, DnssecState } from "chancery/dns";
import type { TrustAnchors } from "./trust-anchors.ts";

export type NotSecure = Exclude<DnssecState, { state: "secure" }>;

/** How far a zone can be believed: its keys, or why there are none to believe. */
export type ZoneTrust = { state: "secure"; keys: readonly Dnskey[] } | NotSecure;

/** What is learnt of zones, for several lookups, such as all of one audit. Nothing in it is older than its maker. */
export type ZoneTrustStore = Map<string, { by: object; trust: Promise<ZoneTrust | "no-zone"> }>;

export type Validation = {
  /** Epoch seconds: the time at which signatures have to be valid. */
  now: number;
  /** Absent means the keys of the root. */
  anchors?: TrustAnchors;
  /** Absent means that each lookup learns everything anew. */
  zones?: ZoneTrustStore;
};
