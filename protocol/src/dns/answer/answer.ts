import { answerChaos } from "./answer-chaos.ts";
import { Lookup } from "./answer-lookup.ts";
import { ReplyOpt, udpOctetsMax } from "./answer-opt.ts";
import type { AnswerOptions } from "./answer-options.ts";
import type { SigningBudget } from "./proof/rrset-signer.ts";
import { headerOctets, opcodeOf, Query, type QueryForm } from "../message/query.ts";
import { Reply } from "./answer-reply.ts";
import { OPCODE, RCODE } from "../message/message.ts";
import { CLASS, TYPE } from "../record/record.ts";
import { zoneOfQuestion, type ZoneSet } from "../zone/zone-set.ts";

const tcpOctetsMax = 65_535;

/** INFO-CODEs of RFC 8914. */
const EXTENDED_ERROR = { NOT_READY: 14, NOT_AUTHORITATIVE: 20, INVALID_QUERY_TYPE: 30 } as const;

/** Replies are cut from slabs: one allocation for many. A slab lives as long as a reply in it. */
const slabOctets = 64 * 1024;
/** The buffer of all replies, by length. */
const views: (Uint8Array | undefined)[] = [];
let slab = new Uint8Array(0);
let slabUsed = 0;

/** The number of the zone that the query at hand was answered from, or -1. */
let servedZone = -1;

const query = new Query();
const opt = new ReplyOpt();
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
  opt.prepare(query, bytes, transport, options);
  query.wantsAll = transport === "tcp" && options.anyOverTcp === "all";
  reply.start(bytes, query.questionEnd, octetsMax - opt.octets);
  servedZone = -1;
  const asker = transport === "tcp" || opt.cookie === "valid" ? "proven" : "anyone";
  decide(zones, bytes, form, options, options.signingBudgets?.[asker]);
  if (reply.lacksSignatures) postpone(asker);
  options.facts?.take(query, reply, servedZone, opt.cookie);
  if (reply.overflowed) reply.truncate(query.questionEnd);
  writeFlags(bytes);
  if (query.hasEdns) opt.write(query, reply, servedZone < 0 ? undefined : zones.zones[servedZone]);
  return taken(options.reply !== "copied");
}

/** Fills the reply. */
function decide(
  zones: ZoneSet,
  bytes: Uint8Array,
  form: QueryForm,
  options: AnswerOptions,
  budget?: SigningBudget,
): void {
  reply.rcode = opcodeOf(bytes) === OPCODE.QUERY ? refusalOf(form, options) : RCODE.NOTIMP;
  if (reply.rcode !== RCODE.NOERROR || form === "cookie-only") return;
  if (query.class !== CLASS.IN) {
    if (!options.nsid || !answerChaos(query, reply, options.nsid)) reply.rcode = RCODE.REFUSED;
    return;
  }
  const zone = zoneOfQuestion(zones, query.name, query.type);
  const isKept = zones.zones[zone]?.audience === "secondaries" && options.asker !== "secondary";
  if (zone < 0 || isKept) {
    reply.rcode = RCODE.REFUSED;
    opt.extendedError = EXTENDED_ERROR.NOT_AUTHORITATIVE;
  } else if (zones.zones[zone]) {
    servedZone = zone;
    lookup.answer(zones, zone, query, reply, options, budget);
  } else {
    reply.rcode = RCODE.SERVFAIL;
    opt.extendedError = EXTENDED_ERROR.NOT_READY;
  }
}

/** In place of an answer without its signatures: a client that may be forged has to come over TCP, any other has to wait. */
function postpone(asker: "anyone" | "proven"): void {
  if (asker === "anyone") {
    reply.rcode = RCODE.NOERROR;
    reply.truncate(query.questionEnd);
  } else {
    reply.rcode = RCODE.SERVFAIL;
    reply.authoritative = false;
    reply.empty(query.questionEnd);
  }
}

/** What needs to know who asks before anything can be said: NOTIFY, transfers, and any message that is signed (RFC 8945). */
const isTransfer = (bytes: Uint8Array): boolean =>
  query.isSigned || opcodeOf(bytes) === OPCODE.NOTIFY || query.type === TYPE.AXFR || query.type === TYPE.IXFR;

/** Why neither zones nor the server's name need to be looked at, as a RCODE; NOERROR when they have to. */
function refusalOf(form: QueryForm, { cookies }: AnswerOptions): number {
  if (form === "malformed" || (form === "cookie-only" && !cookies)) return RCODE.FORMERR;
  if (query.version > 0) return RCODE.BADVERS; // RFC 6891 §6.1.3
  if (form === "cookie-only") return opt.cookie === "bad" ? RCODE.BADCOOKIE : RCODE.NOERROR;
  if (cookies?.demand === "valid" && (opt.cookie === "bad" || opt.cookie === "client-only")) return RCODE.BADCOOKIE;
  switch (query.type) {
    case TYPE.NXNAME:
      opt.extendedError = EXTENDED_ERROR.INVALID_QUERY_TYPE; // RFC 9824 §3.5
      return RCODE.FORMERR;
    case TYPE.OPT:
    case TYPE.TKEY:
    case TYPE.TSIG:
      return RCODE.FORMERR; // parts of messages, and no question
    case TYPE.MAILA:
    case TYPE.MAILB:
      return RCODE.NOTIMP; // obsolete since RFC 973
    case TYPE.AXFR:
    case TYPE.IXFR:
      return RCODE.REFUSED; // transfers are for those who may, and not answered here
    default:
      return RCODE.NOERROR;
  }
}

/** ID and question are there; opcode and RD are repeated, all else is ours (RFC 1035 §4.1.1). */
function writeFlags(bytes: Uint8Array): void {
  const { octets } = reply;
  octets[2] = 0x80 | (bytes[2]! & 0x79) | (reply.authoritative ? 0x04 : 0) | (reply.truncated ? 0x02 : 0);
  octets[3] = reply.rcode & 0x0f;
}

/** The finished reply, in octets of its own if it is to last. */
function taken(lasts: boolean): Uint8Array {
  const length = reply.at;
  if (!lasts && length <= udpOctetsMax) return (views[length] ??= reply.octets.subarray(0, length));
  if (slabUsed + length > slab.length) {
    slab = new Uint8Array(Math.max(slabOctets, length));
    slabUsed = 0;
  }
  const octets = slab.subarray(slabUsed, slabUsed + length);
  octets.set(reply.octets.subarray(0, length));
  slabUsed += length;
  return octets;
}
