import type { TrustedMs } from "../key/key-fact.ts";
import type { Seconds } from "../seconds.ts";

/** What one authoritative address said to one question over one transport. */
export type ServerAnswer = {
  /** As people look for it: "192.0.2.1", or a server's name where its addresses cannot be learnt. */
  address: string;
  transport: "udp" | "tcp";
  said:
    | {
        kind: "answer";
        authoritative: boolean;
        /**
         * The records of the answer (of the referral, at a parent), without those of other types. `data`: a TXT's text
         * with its strings joined, a canonical name for CNAME and NS. None: the server says that there is none.
         */
        records: readonly { type: "TXT" | "CNAME" | "NS"; ttlSeconds: Seconds; data: string }[];
      }
    /** UDP said that TCP has to be asked, which every resolver then does. */
    | { kind: "truncated" }
    /**
     * SERVFAIL, a timeout, REFUSED, an answer that makes no sense: neither presence nor absence. `bogus`: there is an answer, and whoever
     * validates DNSSEC gets SERVFAIL in its place.
     */
    | { kind: "unknown"; reason: string; bogus?: true };
};

/** One name, asked of every authoritative address of the zone that holds it. */
export type NameObservation = {
  name: string;
  type: "TXT" | "CNAME" | "NS";
  /** The zone that answers for the name; for a delegation, the parent. */
  zone: string;
  /** The names of that zone's servers; absent: not learnt. */
  servers?: readonly string[];
  /** One for every address and transport. None: the servers could not be found, which proves nothing. */
  answers: readonly ServerAnswer[];
  /** min(SOA TTL, SOA MINIMUM) of the zone (RFC 2308 §5); undefined: not learnt. */
  negativeTtlSeconds: Seconds | undefined;
};

/** One round: every step of an expected chain, asked directly. Never edited. */
export type ChainObservation = {
  /** When the last answer was in: on the trusted clock, and on the wall clock. */
  trustedMs: TrustedMs;
  wallMs: number;
  aliases: readonly NameObservation[];
  delegation?: NameObservation;
  record: NameObservation;
  /** A random name beside the key name: whatever answers here answers for every selector. */
  wildcard: NameObservation;
};
