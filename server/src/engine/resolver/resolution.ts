import { rcodeName, readSoa, typeName, type DnssecState, type ResourceRecord } from "chancery/dns";
import type { ServerAddress } from "./transport/datagram.ts";
import type { Asked, Exchange } from "./transport/exchange.ts";

/** A present, an absent and an unknown answer are three things: an unknown one changes nothing. */
export type Outcome = "present" | "absent" | "unknown";

/** One CNAME step. `zone` and `server` say who said so; a stub does not learn the zone. TTL in seconds. */
export type Alias = {
  name: string;
  target: string;
  ttl: number;
  zone?: string;
  server?: string;
  /** What validation of this step came to; absent when it was not asked for. */
  dnssec?: DnssecState;
};

/**
 * Why nothing can be said. `bogus`: a resolver that validates refuses an answer that it has. `lame`: the servers answer
 * without authority or refer upward. `other-rcode`: FORMERR, NOTIMP and the like. `no-route`: this machine cannot reach such
 * an address at all (no IPv6). `special-address`: the address is none that a public server can have. `no-servers`: no address
 * is known for any name server of a zone on the way.
 */
export type UnknownReason =
  | "servfail"
  | "bogus"
  | "refused"
  | "timeout"
  | "network"
  | "no-route"
  | "malformed"
  | "distrusted"
  | "lame"
  | "other-rcode"
  | "no-servers"
  | "special-address"
  | "alias-loop"
  | "alias-chain-too-long"
  | "query-limit"
  | "referral-limit"
  | "cancelled";

export type NameServer = { name: string; addresses: string[] };

/** A zone on the way, as its parent delegates it: `servers` with the addresses that came as glue. `ttl` is of that NS set. */
export type Delegation = { apex: string; parent?: string; ttl: number; servers: NameServer[] };

/** One exchange as evidence: plain values only. `packet` is the reply in base64, kept on demand. */
export type ExchangeEvidence = {
  name: string;
  type: string;
  server: string;
  transport: "udp" | "tcp";
  edns: boolean;
  queries: number;
  /** Milliseconds from the beginning of the look-up to the last try. */
  afterMs: number;
  /** Milliseconds from there to the reply, or to giving up. */
  rttMs: number;
  /** A response code ("NOERROR") or why there is none ("timeout"). */
  result: string;
  authoritative?: boolean;
  /** Length of the reply. */
  octets?: number;
  packet?: string;
};

/** What is known about one question, and how it came to be known. */
export type Resolution = {
  question: Asked;
  /** In the order in which they were followed. */
  aliases: Alias[];
  /** Where the aliases end: the name that `outcome` is about. */
  finalName: string;
  /**
   * The records asked for, at `finalName`; at the owner of the last alias where a server gives both, which is a fault of
   * the zone (RFC 1034 §3.6.2). Empty unless present.
   */
  records: ResourceRecord[];
  /** Every delegation passed, from the root down, alias by alias. Empty from a stub. */
  zones: Delegation[];
  exchanges: ExchangeEvidence[];
  /** Response code of the last name looked up, where there is one. */
  rcode?: number;
  /** A resolver says that it validated the answer. Worth as much as the way to it. */
  authenticData?: boolean;
  /** What validation of the answer at `finalName` came to, its aliases apart; absent when it was not asked for. */
  dnssec?: DnssecState;
} & (
  | { outcome: "present" }
  | { outcome: "absent"; reason: "nxdomain" | "nodata"; soa?: ResourceRecord; negativeTtl?: number }
  | { outcome: "unknown"; reason: UnknownReason }
);

/** Something that answers questions: a stub, the iterative resolver, a file. Never rejects. */
export type Lookup = { lookup(name: string, type: number, signal?: AbortSignal): Promise<Resolution> };

/** How long the absence may be remembered: min(SOA TTL, SOA MINIMUM), seconds (RFC 2308 §5). */
export const negativeTtlOf = (soa: ResourceRecord): number => Math.min(soa.ttl, readSoa(soa.data).minimum);

export const hostPort = (server: ServerAddress): string =>
  server.address.includes(":") ? `[${server.address}]:${server.port}` : `${server.address}:${server.port}`;

/** `began`: when the look-up began, by the clock of `Exchange.sentAtMs`. */
export function evidenceOf(done: Exchange, keepPacket: boolean, began: number): ExchangeEvidence {
  const { asked, server, transport, edns, queries, rttMs } = done;
  const common = {
    name: asked.name,
    type: typeName(asked.type),
    server: hostPort(server),
    transport,
    edns,
    queries,
    afterMs: Math.max(0, Math.round(done.sentAtMs - began)),
    rttMs,
  };
  if (done.result === "failed") return { ...common, result: done.failure };
  const packet = keepPacket ? { packet: Buffer.from(done.bytes).toString("base64") } : {};
  const { rcode, authoritative } = done.message;
  return { ...common, result: rcodeName(rcode), authoritative, octets: done.bytes.length, ...packet };
}
