import { headerOctets, skipName, u16 } from "./query.ts";
import { TYPE } from "../record/record.ts";

/** What we announce in the OPT record of such a reply. */
const udpOctets = 1232;

/**
 * Header and question of a message as a reply to it, with that RCODE (of four bits) and no records; the question is left out when it cannot be read. With EDNS
 * an OPT record says that we know it, and why (RFC 8914) if there is more to say. Undefined for what is a response itself or shorter than a header.
 */
export function bareReply(bytes: Uint8Array, rcode: number, edns?: { extendedError?: number }): Uint8Array | undefined {
  if (bytes.length < headerOctets || (bytes[2]! & 0x80) !== 0) return undefined;
  const end = questionEnd(bytes) ?? headerOctets;
  const opt = edns ? optRecord(edns.extendedError) : [];
  const reply = new Uint8Array(end + opt.length);
  reply.set(bytes.subarray(0, end));
  reply[2] = 0x80 | (bytes[2]! & 0x79);
  reply[3] = rcode;
  reply.fill(0, 4, headerOctets);
  if (end > headerOctets) reply[5] = 1;
  if (edns) reply[11] = 1;
  reply.set(opt, end);
  return reply;
}

/** The offset after the one question; undefined when there is none or it is cut short. */
export function questionEnd(bytes: Uint8Array): number | undefined {
  const nameEnd = u16(bytes, 4) === 1 ? skipName(bytes, headerOctets) : -1;
  return nameEnd >= 0 && nameEnd + 4 <= bytes.length ? nameEnd + 4 : undefined;
}

function optRecord(extendedError: number | undefined): number[] {
  const options = extendedError === undefined ? [] : [0, 15, 0, 2, extendedError >> 8, extendedError & 0xff];
  return [0, TYPE.OPT >> 8, TYPE.OPT, udpOctets >> 8, udpOctets & 0xff, 0, 0, 0, 0, 0, options.length, ...options];
}
