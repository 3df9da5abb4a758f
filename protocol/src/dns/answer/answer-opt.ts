import type { AnswerOptions } from "./answer-options.ts";
import { OPTION, type Query } from "../message/query.ts";
import type { Reply } from "./answer-reply.ts";
import { clientCookieOctets, CookieJar, serverCookieOctets, type CookieState } from "../cookie/cookie.ts";
import { TYPE } from "../record/record.ts";
import type { Zone } from "../zone/zone.ts";

/** What we send and announce over UDP at most: it passes every path in one piece (DNS flag day 2020). */
export const udpOctetsMax = 1232;
/** How long an idle TCP connection lives; told to clients that ask (RFC 7828). */
export const tcpIdleSeconds = 5;

const fixedOctets = 11;
const headOctets = 4;
const cookieOctets = clientCookieOctets + serverCookieOctets;
const keepaliveOctets = 2;
/** Number of labels, type, serial (RFC 9660 §2). */
const zoneVersionOctets = 6;
const soaSerialType = 0;

/** The OPT record of a reply (RFC 6891 §6.1.2). One object serves many replies in turn. */
export class ReplyOpt {
  /** Octets to be kept for it; an extended error comes with no records and needs none. */
  octets = 0;
  /** The INFO-CODE of an extended error (RFC 8914), or -1. */
  extendedError = -1;
  readonly #jar = new CookieJar();
  #hasCookie = false;
  #nsid: Uint8Array | undefined;
  #keepalive = false;
  #zoneVersion = false;

  /** Looks at what a query asks for besides its question. To be called for every query, before its reply is begun. */
  prepare(query: Query, bytes: Uint8Array, transport: "udp" | "tcp", options: AnswerOptions): void {
    this.extendedError = -1;
    this.octets = 0;
    this.#hasCookie = false;
    if (!query.hasEdns) return;
    this.#nsid = query.wantsNsid ? options.nsid : undefined;
    this.#keepalive = query.wantsKeepalive && transport === "tcp";
    this.#zoneVersion = query.wantsZoneVersion;
    this.octets =
      fixedOctets +
      (this.#nsid ? headOctets + this.#nsid.length : 0) +
      (this.#keepalive ? headOctets + keepaliveOctets : 0) +
      (this.#zoneVersion ? headOctets + zoneVersionOctets : 0);
    if (query.cookieAt > 0 && options.cookies) {
      const { secrets, client, now } = options.cookies;
      this.#jar.open(bytes, query.cookieAt, query.cookieOctets, client, secrets, now);
      this.#hasCookie = true;
      this.octets += headOctets + cookieOctets;
    }
  }

  /** What the cookie of the query is worth. */
  get cookie(): CookieState {
    return this.#hasCookie ? this.#jar.state : "none";
  }

  /** Appends the record. Only what was asked for goes into it, and the extended error, which may always (RFC 8914 §2). */
  write(query: Query, reply: Reply, zone: Zone | undefined): void {
    reply.octets[reply.at++] = 0;
    reply.u16(TYPE.OPT);
    reply.u16(udpOctetsMax);
    reply.u16((reply.rcode >> 4) << 8);
    reply.u16((query.dnssecOk ? 0x8000 : 0) | (reply.compactOk ? 0x4000 : 0));
    const lengthAt = reply.at;
    reply.u16(0);
    if (this.#hasCookie) writeOption(reply, OPTION.COOKIE, this.#jar.option);
    if (this.extendedError >= 0) {
      reply.u16(OPTION.EXTENDED_ERROR);
      reply.u16(2);
      reply.u16(this.extendedError);
    }
    if (this.#keepalive) {
      reply.u16(OPTION.KEEPALIVE);
      reply.u16(keepaliveOctets);
      reply.u16(10 * tcpIdleSeconds); // units of 100 ms
    }
    if (this.#zoneVersion && zone) writeZoneVersion(reply, zone);
    if (this.#nsid) writeOption(reply, OPTION.NSID, this.#nsid);
    const length = reply.at - lengthAt - 2;
    reply.octets[lengthAt] = length >> 8;
    reply.octets[lengthAt + 1] = length;
    reply.count("additional");
  }
}

function writeOption(reply: Reply, code: number, content: Uint8Array): void {
  reply.u16(code);
  reply.u16(content.length);
  for (const octet of content) reply.octets[reply.at++] = octet;
}

/** RFC 9660 §2: which version of which zone the answer is from. */
function writeZoneVersion(reply: Reply, { content, serial }: Zone): void {
  reply.u16(OPTION.ZONEVERSION);
  reply.u16(zoneVersionOctets);
  reply.octets[reply.at++] = content.originLabels;
  reply.octets[reply.at++] = soaSerialType;
  reply.u32(serial);
}
