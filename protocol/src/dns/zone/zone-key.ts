/*
 * A key record (RFC 6376 §3.6.1) is mostly base64 of a key. A zone holds the octets of the key, and what stands around them once for all
 * records that have the same around them; the text is made again when it is asked for. Any other TXT record stays as it is.
 */

/** What stands before and after the octets of a key in the text of a TXT record. */
export type KeyTemplate = { readonly head: Uint8Array; readonly tail: Uint8Array };
export type KeyText = KeyTemplate & { readonly body: Uint8Array };

const stringOctetsMax = 255;
/** Longer texts are no key of a size in use (RSA of 16384 bits has 2800). */
export const keyTextOctetsMax = 4096;
/** Fewer octets are not worth a template. */
const bodyOctetsMin = 24;

/** How the SubjectPublicKeyInfo of an RSA key of 2048 bits begins, and how the exponent 65537 ends it: whole groups of base64. */
const commonHead = latin1("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA");
const commonTail = latin1("AQAB");

const alphabet = latin1("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const equalsSign = 0x3d;
/** Six bits for a character, or 64. */
const sixBits = new Uint8Array(256).fill(64);
for (const [bits, character] of alphabet.entries()) sixBits[character] = bits;

const textScratch = new Uint8Array(keyTextOctetsMax);

/** The parts of TXT RDATA that `writeKeyText` gives back octet for octet; undefined for any other RDATA. */
export function readKeyText(rdata: Uint8Array): KeyText | undefined {
  const length = joinStrings(rdata);
  const start = length < 0 ? -1 : keyAt(length);
  if (start < 0) return undefined;
  let end = start;
  while (end < length && sixBits[textScratch[end]!]! < 64) end++;
  let characters = end - start;
  while (end < length && textScratch[end] === equalsSign && end - start - characters < 2) end++;
  const padding = end - start - characters;
  if ((characters + padding) % 4 !== 0) return undefined;
  const headEnd = startsWith(start, end, commonHead) ? start + commonHead.length : start;
  const tailStart =
    padding === 0 && startsWith(end - commonTail.length, end, commonTail) ? end - commonTail.length : end;
  characters = tailStart - padding - headEnd;
  if (characters * 6 < bodyOctetsMin * 8) return undefined;
  const body = decoded(headEnd, characters);
  return body && { head: textScratch.slice(0, headEnd), body, tail: textScratch.slice(tailStart, length) };
}

/** The text of the RDATA into the scratch if it is cut as `txtData` cuts it. Answers its length, or -1. */
function joinStrings(rdata: Uint8Array): number {
  let length = 0;
  for (let at = 0; at < rdata.length;) {
    const size = rdata[at]!;
    const isLast = at + 1 + size === rdata.length;
    if (size === 0 || (size < stringOctetsMax && !isLast) || at + 1 + size > rdata.length) return -1;
    if (length + size > keyTextOctetsMax) return -1;
    textScratch.set(rdata.subarray(at + 1, at + 1 + size), length);
    length += size;
    at += 1 + size;
  }
  return length;
}

/** Where the value of the tag `p` starts, or -1. */
function keyAt(length: number): number {
  let isTagStart = true;
  for (let at = 0; at + 1 < length; at++) {
    const octet = textScratch[at]!;
    if (isTagStart && octet === 0x70 && textScratch[at + 1] === equalsSign) return at + 2;
    isTagStart = octet === 0x3b || (isTagStart && octet === 0x20);
  }
  return -1;
}

function startsWith(from: number, end: number, octets: Uint8Array): boolean {
  return (
    from >= 0 && from + octets.length <= end && octets.every((octet, index) => textScratch[from + index] === octet)
  );
}

/** Undefined when bits are set that no octet has: such base64 would not come back the same. */
function decoded(start: number, characters: number): Uint8Array | undefined {
  const octets = new Uint8Array((characters * 6) >> 3);
  let bits = 0;
  let held = 0;
  let to = 0;
  for (let at = start; at < start + characters; at++) {
    bits = ((bits << 6) | sixBits[textScratch[at]!]!) & 0x3fff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    octets[to++] = bits >> held;
  }
  return (bits & ((1 << held) - 1)) === 0 ? octets : undefined;
}

/** Octets of the RDATA that a template makes of a body of that many octets. */
export function keyRdataOctets({ head, tail }: KeyTemplate, bodyOctets: number): number {
  const text = head.length + 4 * Math.ceil(bodyOctets / 3) + tail.length;
  return text + Math.ceil(text / stringOctetsMax);
}

/** Node's own base64 is faster than any loop here. Called like this, these take any array of octets. */
const native = Buffer.prototype as unknown as {
  base64Slice(this: Uint8Array, start: number, end: number): string;
  latin1Write(this: Uint8Array, text: string, at: number): number;
};

/**
 * Writes TXT RDATA at `at` of `out` from the octets `body` to `end` of `from`. The caller sees to the room for it.
 * The text is written in one piece behind the first length octet; then the strings after the first move on by the lengths before them.
 */
export function writeKeyRdata(
  out: Uint8Array,
  at: number,
  { head, tail }: KeyTemplate,
  from: Uint8Array,
  body: number,
  end: number,
): number {
  out.set(head, at + 1);
  let to = at + 1 + head.length;
  to += native.latin1Write.call(out, native.base64Slice.call(from, body, end), to);
  for (let index = 0; index < tail.length; index++) out[to++] = tail[index]!;
  const text = to - at - 1;
  const strings = Math.ceil(text / stringOctetsMax);
  for (let string = strings - 1; string > 0; string--) {
    const start = at + 1 + stringOctetsMax * string;
    const stop = Math.min(start + stringOctetsMax, to);
    out.copyWithin(start + string, start, stop);
    out[start + string - 1] = stop - start;
  }
  out[at] = Math.min(text, stringOctetsMax);
  return at + text + strings;
}

/** The RDATA in octets of its own. */
export function keyRdata(template: KeyTemplate, body: Uint8Array): Uint8Array {
  const rdata = new Uint8Array(keyRdataOctets(template, body.length));
  writeKeyRdata(rdata, 0, template, body, 0, body.length);
  return rdata;
}

export const sameTemplate = (one: KeyTemplate, other: KeyTemplate): boolean =>
  sameOctets(one.head, other.head) && sameOctets(one.tail, other.tail);

export const sameOctets = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((octet, index) => octet === other[index]);

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
