import type { DnssecState } from "chancery/dns";

/** What validation from the root down came to, and what the servers of each signed zone say of its keys. */
export type DnssecEvidence =
  /** The name servers of the root cannot be asked from here, or have other keys than those that are believed. */
  { state: "unreachable" } | { state: "validated"; chains: readonly ValidatedChain[]; zones: readonly SignedZone[] };

/** One name, alias by alias; the last step is the answer or the denial at its end. */
export type ValidatedChain = { keyName: string; steps: readonly ValidatedStep[] };
export type ValidatedStep = { name: string; target?: string; dnssec: DnssecState };

/** A zone on the way that has DS records at its parent. Records are RDATA as a master file has it. */
export type SignedZone = { apex: string; ds: readonly string[]; servers: readonly SignedZoneServer[] };

/** What one address says of the zone's keys, and of what the parent is to publish for it (RFC 7344). */
export type SignedZoneServer = {
  address: string;
  /** The name servers that it belongs to. */
  names: readonly string[];
  dnskey: RecordsSaid;
  cds: RecordsSaid;
  cdnskey: RecordsSaid;
};

export type RecordsSaid =
  | { state: "records"; texts: readonly string[] }
  | { state: "absent" }
  | { state: "unknown"; reason: string };
