import { skipName, u16 } from "../message/query.ts";
import { nameToWire, readWireName } from "../name/name.ts";
import { CLASS, TYPE } from "../record/record.ts";

const headerOctets = 12;
/** Time (6), fudge, MAC size, original ID, error and length of other data, of two octets each. */
const fixedOctets = 16;

/** The TSIG record of a message (RFC 8945 §4.2). */
export type Tsig = {
  /** Canonical. */
  keyName: string;
  /** As on the wire, canonical: "hmac-sha256". */
  algorithm: string;
  /** Epoch seconds; 48 bits on the wire. */
  timeSigned: number;
  fudgeSeconds: number;
  mac: Uint8Array;
  /** The ID that was signed: a forwarder may have changed that of the message. */
  originalId: number;
  /** An extended RCODE; 0 in a request. */
  error: number;
  otherData: Uint8Array;
};

/** Where the record begins, and what it says. */
export type FoundTsig = { at: number; tsig: Tsig };

/**
 * Looks for the TSIG record at the end of a message. "malformed" is a message that cannot be walked through, and one whose TSIG is not the
 * last record, not the only one, or not of the right form (RFC 8945 §5.1). Time is linear in the length.
 */
export function findTsig(bytes: Uint8Array): FoundTsig | "none" | "malformed" {
  if (bytes.length < headerOctets) return "malformed";
  let at = headerOctets;
  for (let left = u16(bytes, 4); left > 0; left--) {
    at = skipName(bytes, at) + 4;
    if (at < 4 || at > bytes.length) return "malformed";
  }
  for (let left = u16(bytes, 6) + u16(bytes, 8) + u16(bytes, 10); left > 0; left--) {
    const fixed = skipName(bytes, at);
    if (fixed < 0 || fixed + 10 > bytes.length) return "malformed";
    const end = fixed + 10 + u16(bytes, fixed + 8);
    if (end > bytes.length) return "malformed";
    if (u16(bytes, fixed) === TYPE.TSIG) {
      if (left > 1 || u16(bytes, 10) === 0 || end !== bytes.length) return "malformed";
      const tsig = readTsig(bytes, at, fixed);
      return tsig ? { at, tsig } : "malformed";
    }
    at = end;
  }
  return at === bytes.length ? "none" : "malformed";
}

/** The record whose type stands at `fixed` and which ends with the message. */
function readTsig(bytes: Uint8Array, at: number, fixed: number): Tsig | undefined {
  const owner = readWireName(bytes, at, { pointers: "followed" });
  const isPlain = u16(bytes, fixed + 2) === CLASS.ANY && u16(bytes, fixed + 4) === 0 && u16(bytes, fixed + 6) === 0;
  if (!owner.ok || !isPlain) return undefined;
  const algorithm = readWireName(bytes, fixed + 10, { pointers: "refused" });
  if (!algorithm.ok) return undefined;
  const start = algorithm.value.end;
  if (start + fixedOctets > bytes.length) return undefined;
  const macEnd = start + 10 + u16(bytes, start + 8);
  if (macEnd + 6 > bytes.length || macEnd + 6 + u16(bytes, macEnd + 4) !== bytes.length) return undefined;
  return {
    keyName: owner.value.name,
    algorithm: algorithm.value.name,
    timeSigned: u48(bytes, start),
    fudgeSeconds: u16(bytes, start + 6),
    mac: bytes.subarray(start + 10, macEnd),
    originalId: u16(bytes, macEnd),
    error: u16(bytes, macEnd + 2),
    otherData: bytes.subarray(macEnd + 6),
  };
}

/** 48 bits: seconds stay exact in a number. */
export const u48 = (bytes: Uint8Array, at: number): number =>
  u16(bytes, at) * 2 ** 32 + u16(bytes, at + 2) * 2 ** 16 + u16(bytes, at + 4);

export function u48Octets(value: number): Uint8Array {
  const octets = new Uint8Array(6);
  const view = new DataView(octets.buffer);
  view.setUint16(0, Math.floor(value / 2 ** 32));
  view.setUint32(2, value % 2 ** 32);
  return octets;
}

export const u16Octets = (...values: readonly number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [value >> 8, value]));

/** The message with the record after it, which the header then counts. */
export function withTsig(message: Uint8Array, tsig: Tsig): Uint8Array {
  const algorithm = nameToWire(tsig.algorithm);
  const rdataOctets = algorithm.length + fixedOctets + tsig.mac.length + tsig.otherData.length;
  const whole = joined([
    message,
    nameToWire(tsig.keyName),
    u16Octets(TYPE.TSIG, CLASS.ANY, 0, 0, rdataOctets),
    algorithm,
    u48Octets(tsig.timeSigned),
    u16Octets(tsig.fudgeSeconds, tsig.mac.length),
    tsig.mac,
    u16Octets(tsig.originalId, tsig.error, tsig.otherData.length),
    tsig.otherData,
  ]);
  whole.set(u16Octets(u16(whole, 10) + 1), 10);
  return whole;
}

/** The message as it was before the record at `at` was put to its end. */
export function withoutTsig(bytes: Uint8Array, at: number): Uint8Array {
  const message = new Uint8Array(bytes.subarray(0, at));
  message.set(u16Octets(u16(message, 10) - 1), 10);
  return message;
}

/** Octets that signing adds to a message. */
export const tsigOctets = (keyName: string, algorithm: string, macOctets: number): number =>
  nameToWire(keyName).length + 10 + nameToWire(algorithm).length + fixedOctets + macOctets;

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((octets, part) => octets + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
