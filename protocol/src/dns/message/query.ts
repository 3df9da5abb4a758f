import { isCookieLength } from "../cookie/cookie.ts";
import { OPCODE } from "./message.ts";
import { TYPE } from "../record/record.ts";
import { LookupName } from "../name/lookup-name.ts";

/** Of the header; the question's name starts behind it. */
export const headerOctets = 12;

/** EDNS option codes (RFC 5001, RFC 7873, RFC 7828, RFC 8914, RFC 9660). */
export const OPTION = { NSID: 3, COOKIE: 10, KEEPALIVE: 11, EXTENDED_ERROR: 15, ZONEVERSION: 19 } as const;

/** Code and length of an option. */
const headOctets = 4;

/** "cookie-only": no question, but a cookie, to which only a cookie goes back (RFC 7873 §5.4). */
export type QueryForm = "sound" | "cookie-only" | "malformed";

/** What a query asks for. One object is filled again for every query. */
export class Query {
  /** Octets of the header and of the question where it could be read: what every reply repeats. */
  questionEnd = headerOctets;
  readonly name = new LookupName();
  type = 0;
  class = 0;
  hasEdns = false;
  udpSize = 512;
  version = 0;
  dnssecOk = false;
  /** A compact denial may come with NXDOMAIN (RFC 9824 §5.1). */
  compactOk = false;
  wantsNsid = false;
  wantsKeepalive = false;
  wantsZoneVersion = false;
  /** Where the content of the first COOKIE option stands, and how long it is; 0 when there is none. */
  cookieAt = 0;
  cookieOctets = 0;
  /** Whether ANY gets all RRsets of the name. Not of the message: the server's settings say so. */
  wantsAll = false;
  /** The last record is a TSIG (RFC 8945 §5.1). */
  isSigned = false;

  /**
   * Reads what follows the header. "sound": exactly one question, nothing but additional records behind it, at most one OPT at the root
   * (RFC 9619, RFC 6891 §6.1.1). "malformed": anything else; what was read until then stands.
   */
  read(bytes: Uint8Array): QueryForm {
    this.questionEnd = headerOctets;
    this.hasEdns = false;
    this.udpSize = 512;
    this.version = 0;
    this.dnssecOk = false;
    this.compactOk = false;
    this.wantsNsid = false;
    this.wantsKeepalive = false;
    this.wantsZoneVersion = false;
    this.cookieAt = 0;
    this.isSigned = false;
    if (u16(bytes, 4) !== 1) return this.#readWithoutQuestion(bytes);
    const nameEnd = this.name.read(bytes, headerOctets);
    if (nameEnd < 0 || nameEnd + 4 > bytes.length) return "malformed";
    this.type = u16(bytes, nameEnd);
    this.class = u16(bytes, nameEnd + 2);
    this.questionEnd = nameEnd + 4;
    return this.#readRecords(bytes) === bytes.length ? "sound" : "malformed";
  }

  #readWithoutQuestion(bytes: Uint8Array): QueryForm {
    if (u16(bytes, 4) !== 0) return "malformed";
    this.type = 0;
    const isWhole = this.#readRecords(bytes) === bytes.length;
    return isWhole && this.cookieAt > 0 && opcodeOf(bytes) === OPCODE.QUERY ? "cookie-only" : "malformed";
  }

  /** Answers the offset after the last record, or -1. */
  #readRecords(bytes: Uint8Array): number {
    const before = u16(bytes, 6) + u16(bytes, 8);
    const count = before + u16(bytes, 10);
    let at = this.questionEnd;
    let optCount = 0;
    for (let record = 0; record < count; record++) {
      const fixed = skipName(bytes, at);
      if (fixed < 0 || fixed + 10 > bytes.length) return -1;
      const end = fixed + 10 + u16(bytes, fixed + 8);
      if (end > bytes.length) return -1;
      const type = u16(bytes, fixed);
      if (type === TYPE.TSIG) {
        if (record < before || record !== count - 1) return -1;
        this.isSigned = true;
      }
      if (type === TYPE.OPT) {
        if (record < before || bytes[at] !== 0 || ++optCount > 1) return -1;
        if (!this.#readOpt(bytes, fixed, end)) return -1;
      }
      at = end;
    }
    // Only IXFR has a record before the additional section (RFC 1995 §3). The opcode is not 0 where other kinds of message have them.
    const isQuery = opcodeOf(bytes) === OPCODE.QUERY;
    return isQuery && before > 0 && !(this.type === TYPE.IXFR && u16(bytes, 6) === 0) ? -1 : at;
  }

  /** RFC 6891 §6.1.2. Unknown options and flags are passed over; of cookies the first counts, and must be of a sound length (RFC 7873 §5.2.2). */
  #readOpt(bytes: Uint8Array, fixed: number, end: number): boolean {
    this.hasEdns = true;
    this.udpSize = u16(bytes, fixed + 2);
    this.version = bytes[fixed + 5]!;
    this.dnssecOk = (bytes[fixed + 6]! & 0x80) !== 0;
    this.compactOk = (bytes[fixed + 6]! & 0x40) !== 0;
    for (let at = fixed + 10; at < end;) {
      if (at + headOctets > end) return false;
      const code = u16(bytes, at);
      const length = u16(bytes, at + 2);
      if (at + headOctets + length > end) return false;
      if (code === OPTION.NSID) this.wantsNsid = true;
      if (code === OPTION.KEEPALIVE && length === 0) this.wantsKeepalive = true;
      if (code === OPTION.ZONEVERSION && length === 0) this.wantsZoneVersion = true;
      if (code === OPTION.COOKIE && this.cookieAt === 0) {
        if (!isCookieLength(length)) return false;
        this.cookieAt = at + headOctets;
        this.cookieOctets = length;
      }
      at += headOctets + length;
    }
    return true;
  }
}

/** The offset after a name that may end in a compression pointer, or -1. Where the pointer leads is of no concern here. It may lie past the end. */
export function skipName(bytes: Uint8Array, at: number): number {
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return -1;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > 63) return -1;
    at += length + 1;
  }
}

export const opcodeOf = (bytes: Uint8Array): number => (bytes[2]! >> 3) & 0xf;

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
