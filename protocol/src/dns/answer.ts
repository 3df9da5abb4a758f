import type { AnswerFacts } from "./answer-facts.ts";
import { Lookup } from "./answer-lookup.ts";
import { headerOctets, OPTION, Query } from "./answer-query.ts";
import { Reply } from "./answer-reply.ts";
import { OPCODE, RCODE } from "./message.ts";
import { CLASS, TYPE } from "./record.ts";
import { findZone, type ZoneSet } from "./zone-set.ts";

/** What we send and announce over UDP at most: it passes every path in one piece (DNS flag day 2020). */
export const udpOctetsMax = 1232;
const tcpOctetsMax = 65_535;
const optOctets = 11;
const keepaliveOctets = 6;
/** How long an idle TCP connection lives; told to clients that ask (RFC 7828). */
export const tcpIdleSeconds = 5;

/** INFO-CODEs of RFC 8914. */
const EXTENDED_ERROR = { NOT_READY: 14, NOT_AUTHORITATIVE: 20 } as const;

export type AnswerOptions = {
  /** Names this server to those who ask (RFC 5001). Absent: nobody is told. */
  nsid?: Uint8Array;
  /** Filled with what the answer was, for those who count and limit. */
  facts?: AnswerFacts;
  /** Whether transfers, NOTIFY and signed queries are left to somebody else: no answer then, and `facts.kind` is "transfer". */
  transfers?: "refused" | "left";
};

/** Replies are cut from slabs: one allocation for many. A slab lives as long as a reply in it. */
const slabOctets = 64 * 1024;
let slab = new Uint8Array(0);
let slabUsed = 0;

/** The number of the zone that the query at hand was answered from, or -1. */
let servedZone = -1;

const query = new Query();
const reply = new Reply();
const lookup = new Lookup();

/**
 * The server's side of one query (RFC 1034 §4.3.2, RFC 2308, RFC 6891): the message that came, and the message to send back. Undefined
 * means silence: for what is shorter than a header, and for responses, so that two servers never talk to each other for ever. Any other
 * octets get a reply. Nothing here waits, and nothing throws.
 */
export function answer(
  zones: ZoneSet,
  bytes: Uint8Array,
  transport: "udp" | "tcp",
  options: AnswerOptions = {},
): Uint8Array | undefined {
  if (bytes.length < headerOctets || (bytes[2]! & 0x80) !== 0) {
    if (options.facts) options.facts.kind = "error";
    return undefined;
  }
  const form = query.read(bytes);
  if (options.transfers === "left" && form === "sound" && isTransfer(bytes)) {
    if (options.facts) options.facts.kind = "transfer";
    return undefined;
  }
  const clientMax = query.hasEdns ? Math.max(query.udpSize, 512) : 512;
  const octetsMax = transport === "tcp" ? tcpOctetsMax : Math.min(clientMax, udpOctetsMax);
  const nsid = query.wantsNsid ? options.nsid : undefined;
  const opt = query.hasEdns
    ? optOctets + (nsid ? 4 + nsid.length : 0) + (transport === "tcp" ? keepaliveOctets : 0)
    : 0;
  reply.start(bytes, query.questionEnd, octetsMax - opt); // an extended error comes with no records and needs no room kept
  servedZone = -1;
  const extendedError = decide(zones, bytes, form);
  options.facts?.take(query, reply, servedZone);
  if (reply.overflowed) reply.truncate(query.questionEnd);
  writeFlags(bytes);
  if (query.hasEdns) writeOpt(transport, extendedError, nsid);
  return taken();
}

/** Fills the reply. Answers the INFO-CODE of an extended error, or undefined. */
function decide(zones: ZoneSet, bytes: Uint8Array, form: "sound" | "malformed"): number | undefined {
  const opcode = (bytes[2]! >> 3) & 0xf;
  reply.rcode = opcode === OPCODE.QUERY ? refusalOf(form) : RCODE.NOTIMP;
  if (reply.rcode !== RCODE.NOERROR) return undefined;
  let zone = findZone(zones, query.name, 0);
  if (query.type === TYPE.DS && query.name.labels > 0) zone = parentSideZone(zones, zone);
  if (zone < 0) {
    reply.rcode = RCODE.REFUSED;
    return EXTENDED_ERROR.NOT_AUTHORITATIVE;
  }
  if (!zones.zones[zone]) {
    reply.rcode = RCODE.SERVFAIL;
    return EXTENDED_ERROR.NOT_READY;
  }
  servedZone = zone;
  lookup.answer(zones, zone, query, reply);
  return undefined;
}

/** What needs to know who asks before anything can be said: NOTIFY, transfers, and any message that is signed (RFC 8945). */
const isTransfer = (bytes: Uint8Array): boolean =>
  query.isSigned || ((bytes[2]! >> 3) & 0xf) === OPCODE.NOTIFY || query.type === TYPE.AXFR || query.type === TYPE.IXFR;

/** Why no zone needs to be looked at, as a RCODE; NOERROR when one has to. */
function refusalOf(form: "sound" | "malformed"): number {
  if (form === "malformed") return RCODE.FORMERR;
  if (query.version > 0) return RCODE.BADVERS; // RFC 6891 §6.1.3
  switch (query.type) {
    case TYPE.OPT:
    case TYPE.NXNAME:
    case TYPE.TKEY:
    case TYPE.TSIG:
      return RCODE.FORMERR; // RFC 9824 §3.5 for NXNAME; the others are no question either
    case TYPE.MAILA:
    case TYPE.MAILB:
      return RCODE.NOTIMP; // obsolete since RFC 973
    case TYPE.AXFR:
    case TYPE.IXFR:
      return RCODE.REFUSED; // transfers are for those who may, and not answered here
    default:
      return query.class === CLASS.IN ? RCODE.NOERROR : RCODE.REFUSED;
  }
}

/** The DS RRset belongs to the zone above the one that the name is the apex of (RFC 4035 §3.1.4.1), if we have that one. */
function parentSideZone(zones: ZoneSet, zone: number): number {
  if (zone < 0 || zones.origins.find(query.name, 0) !== zone) return zone;
  const parent = findZone(zones, query.name, 1);
  return parent < 0 ? zone : parent;
}

/** ID and question are there; opcode and RD are repeated, all else is ours (RFC 1035 §4.1.1). */
function writeFlags(bytes: Uint8Array): void {
  const { octets } = reply;
  octets[2] = 0x80 | (bytes[2]! & 0x79) | (reply.authoritative ? 0x04 : 0) | (reply.truncated ? 0x02 : 0);
  octets[3] = reply.rcode & 0x0f;
}

/** RFC 6891 §6.1.2; only what was asked for goes into it, and the extended error, which may always (RFC 8914 §2). */
function writeOpt(transport: "udp" | "tcp", extendedError: number | undefined, nsid: Uint8Array | undefined): void {
  reply.octets[reply.at++] = 0;
  reply.u16(TYPE.OPT);
  reply.u16(udpOctetsMax);
  reply.u16((reply.rcode >> 4) << 8);
  reply.u16(query.dnssecOk ? 0x8000 : 0);
  const lengthAt = reply.at;
  reply.u16(0);
  if (extendedError !== undefined) {
    reply.u16(OPTION.EXTENDED_ERROR);
    reply.u16(2);
    reply.u16(extendedError);
  }
  if (query.wantsKeepalive && transport === "tcp") {
    reply.u16(OPTION.KEEPALIVE);
    reply.u16(2);
    reply.u16(10 * tcpIdleSeconds); // units of 100 ms
  }
  if (nsid) {
    reply.u16(OPTION.NSID);
    reply.u16(nsid.length);
    for (const octet of nsid) reply.octets[reply.at++] = octet;
  }
  const length = reply.at - lengthAt - 2;
  reply.octets[lengthAt] = length >> 8;
  reply.octets[lengthAt + 1] = length;
  reply.count("additional");
}

/** The finished reply in octets of its own. */
function taken(): Uint8Array {
  const length = reply.at;
  if (slabUsed + length > slab.length) {
    slab = new Uint8Array(Math.max(slabOctets, length));
    slabUsed = 0;
  }
  const octets = slab.subarray(slabUsed, slabUsed + length);
  octets.set(reply.octets.subarray(0, length));
  slabUsed += length;
  return octets;
}
