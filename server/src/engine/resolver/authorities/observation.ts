import type { NotSecure } from "../dnssec/validation.ts";
import type { Alias, ExchangeEvidence, Outcome, UnknownReason } from "../resolution.ts";

/*
 * What the authoritative servers say about a name and every alias behind it, as plain values: the evidence that lets a
 * rotation go on. Nothing in it is judged beyond "said", "said there is nothing" and "unknown".
 */

/** `data` is the RDATA in base64, compression removed; `text` for TXT alone: its strings joined, a character for each octet. */
export type RecordSeen = { ttl: number; data: string; text?: string };

/**
 * What one address said over one transport, with authority (AA). Without authority, or with anything that is no answer, it
 * is unknown. `truncated`: UDP said that TCP has to be asked.
 */
export type AuthorityAnswer = { rttMs: number; rcode?: string } & (
  | { state: "records"; records: RecordSeen[]; alias?: AliasSeen }
  | { state: "alias"; alias: AliasSeen }
  | { state: "absent"; reason: "nxdomain" | "nodata"; negativeTtl?: number }
  | { state: "truncated" }
  | { state: "unknown"; reason: UnknownReason }
);
type AliasSeen = { target: string; ttl: number };

/** Times in seconds. `negativeTtl` = min(ttl, minimum). */
export type SoaSeen = { mname: string; serial: number; ttl: number; minimum: number; negativeTtl: number };
export type NsSeen = { names: string[]; ttl: number };

export type AddressObserved = {
  address: string;
  /** The NS names that lead to it. */
  servers: string[];
  udp: AuthorityAnswer;
  tcp: AuthorityAnswer;
  /** Absent when it gave none. */
  soa?: SoaSeen;
  /** The NS set of the zone by its own word; absent when it gave none. */
  ns?: NsSeen;
  /** Whether a random sibling of the name answers too; not asked where the name is an apex, which no wildcard covers. */
  wildcard: "present" | "absent" | "unknown" | "not-asked";
};

/** `glue`: by the parent's word; `own`: by the word of the zone that the name server's name is in. */
export type ServerObserved = {
  name: string;
  addresses: { address: string; source: "glue" | "own" | "both" }[];
  /** Why there may be addresses beside these. */
  unknown?: UnknownReason;
};

/** What one address of the parent zone says of the delegation. */
export type ParentObserved = { address: string } & (
  | { state: "delegated"; ns: NsSeen }
  | { state: "absent" }
  | { state: "unknown"; reason: UnknownReason }
);

export type ZoneObserved = {
  apex: string;
  /** The zone whose servers delegated this one; further up where they serve zones between as well. Absent for the root. */
  parent?: string;
  /** The NS set of the delegation that was followed. */
  ns: NsSeen;
  /** Those of the delegation, then those that the zone names itself beside them. */
  servers: ServerObserved[];
  /** Every address of the parent, where the parent is not the root or a top level; else empty. */
  parents: ParentObserved[];
  /** Whether the parent has a DS record for the zone, so that validating resolvers expect it to be signed. */
  ds: "present" | "absent" | "unknown";
  /** The longest negative TTL that any address gave; absent when none gave a SOA. */
  negativeTtl?: number;
};

/** One name of the chain at every address of its zone. */
export type NameObserved = { name: string; zone: ZoneObserved; addresses: AddressObserved[] };

export type AuthorityObservation = {
  name: string;
  type: string;
  /** The chain in order: the name asked first, then each alias's target. */
  names: NameObserved[];
  aliases: Alias[];
  finalName: string;
  /** How the walk itself ended; the addresses may disagree with it. */
  outcome: Outcome;
  reason?: "nxdomain" | "nodata" | UnknownReason;
  /** The first name whose answer a validating resolver does not believe, or cannot judge. Absent: there is none, or nobody validated. */
  refused?: { name: string; dnssec: NotSecure };
  exchanges: ExchangeEvidence[];
};
