import type { NamePlace } from "../../provider/name-place.ts";
import type { TracedChain } from "../../traced-chain.ts";

/**
 * What every authoritative server and every vantage point says. A section that is absent was not gathered; `not asked`
 * means that nothing was learnt, and never that something is missing.
 */
export type DelegationEvidence = {
  /** What DNS says of the domains that the names on the way were registered under. */
  registrations: readonly RegistrationSeen[];
  /** Where the names of the chains stand. */
  places?: readonly NamePlace[];
  authorities?: AuthoritiesEvidence;
  vantagePoints?: readonly VantageEvidence[];
  /** Names that a zone file holds below a cut of its own: no server shows them. */
  occluded?: readonly { name: string; cut: string }[];
  /** Every question put to a server for this section, in no particular order. */
  exchanges?: readonly ExchangeSeen[];
};

/** One question and what came of it. `result`: a response code, or why there is none. `packet`: the reply in base64. */
export type ExchangeSeen = {
  name: string;
  type: string;
  /** HOST:PORT */
  server: string;
  transport: "udp" | "tcp";
  queries: number;
  rttMs: number;
  result: string;
  authoritative?: boolean;
  octets?: number;
  packet?: string;
};

/** One name on which a chain depends, and the part of it that somebody has registered (undefined: nobody can). */
export type RegistrationSeen = {
  name: string;
  /** An alias leads to it, or it is listed as a name server. */
  role: "alias target" | "name server";
  /** The alias or the zone that depends on it. */
  reliedOnBy: string;
  registrableDomain: string | undefined;
  registration: "exists" | "does-not-exist" | "unknown";
};

/** `unreachable`: no authoritative server can be asked from here at all; resolvers may be. */
export type AuthoritiesEvidence =
  | { state: "unreachable"; why: "silence" | "someone else answers" }
  | {
      state: "asked";
      zones: readonly ZoneEvidence[];
      names: readonly NameEvidence[];
      /** Queries sent, and whether the budget sufficed for everything that there was to ask. */
      queries: number;
      complete: boolean;
      /** Whether private addresses are in order, as they are below a private root. */
      privateAddresses: "usable" | "unusable";
    };

export type NsSetSeen = { names: readonly string[]; ttlSeconds: number };

/** One zone on the way from a key name to its key. */
export type ZoneEvidence = {
  apex: string;
  parent?: string;
  /** The NS set by the parent's word. Absent where the same servers have parent and child, and so speak for the child alone. */
  delegated?: NsSetSeen;
  /** Every address of the parent, where the parent is not the root or a top level. */
  parents: readonly ParentSaid[];
  servers: readonly ServerEvidence[];
  addresses: readonly AddressEvidence[];
  /** The part of the apex that somebody registered; absent where nobody can. */
  registrableDomain?: string;
};

export type ParentSaid = { address: string } & (
  | { state: "delegated"; names: readonly string[] }
  | { state: "absent" }
  | { state: "unknown"; reason: string }
);

/** One listed name server. `glue`: addresses by the parent's word; `own`: by the word of the zone that its name is in. */
export type ServerEvidence = {
  name: string;
  glue: readonly string[];
  own: readonly string[];
  host:
    | { state: "has addresses" }
    | { state: "alias"; target: string }
    | { state: "absent"; reason: "nxdomain" | "nodata" }
    | { state: "unknown"; reason: string };
  registrableDomain?: string;
};

/** What one address says of its zone. */
export type AddressEvidence = {
  address: string;
  /** The name servers that it belongs to. */
  servers: readonly string[];
  /** No public server can have it (private, loopback, documentation). */
  special: boolean;
  udp: SoaSaid;
  tcp: SoaSaid;
  soa?: { primary: string; serial: number; refreshSeconds: number; negativeTtlSeconds: number };
  ns?: NsSetSeen;
};

/** How a server fails to answer with authority for a zone that it is listed for (RFC 9499 §7, RFC 1912 §2.8). */
export type Lameness =
  | "refused"
  | "servfail"
  | "nxdomain"
  | "other-rcode"
  | "upward-referral"
  | "not-authoritative"
  | "malformed";

/** The answer to a question for the SOA of the zone. `tries`: how often silence was met. */
export type SoaSaid =
  | { state: "authoritative" }
  | { state: "lame"; how: Lameness }
  | { state: "silent"; why: "timeout" | "network"; tries: number }
  | { state: "not asked"; why: "no-route" | "special-address" | "budget" };

/** One name of a chain at the addresses of its zone. */
export type NameEvidence = {
  name: string;
  apex: string;
  answers: readonly NameAnswer[];
  /** Other types that a server shows at a name that is an alias. */
  besideAlias: readonly BesideAlias[];
};

export type NameAnswer = {
  address: string;
  /** Length of the reply; absent where there was none. */
  octets?: number;
  said:
    | { state: "records"; texts: readonly string[]; ttlSeconds: number; alias?: string }
    | { state: "alias"; target: string; ttlSeconds: number }
    | { state: "absent"; reason: "nxdomain" | "nodata"; negativeTtlSeconds?: number }
    /** UDP had no room for it. */
    | { state: "truncated" }
    | { state: "unknown"; reason: string };
};

export type BesideAlias = { type: string; address: string; how: "asked for" | "in ANY" | "in NSEC" };

/** What resolvers say of one key name. TTLs are what remains of them. */
export type VantageEvidence = { keyName: string; answers: readonly VantageAnswer[] };

export type VantageAnswer = {
  /** HOST:PORT */
  resolver: string;
  rttMs: number;
  /** Length of the reply; absent where there was none. */
  octets?: number;
  chain: TracedChain;
  /** For how long the absence is remembered still. */
  negativeTtlSeconds?: number;
};
