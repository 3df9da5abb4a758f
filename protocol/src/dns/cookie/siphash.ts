/** A key of SipHash: sixteen octets as four little-endian words. */
export type SipKey = Int32Array;

export const sipKeyOctets = 16;

/** The key of these sixteen octets. Throws TypeError on any other number. */
export function sipKey(octets: Uint8Array): SipKey {
  if (octets.length !== sipKeyOctets) throw new TypeError(`a SipHash key has ${sipKeyOctets} octets`);
  return Int32Array.from([0, 4, 8, 12], (at) => littleEndian(octets, at));
}

/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012) of the first `length` octets: eight octets, written to `to` at `at` as the reference program
 * writes them. The four words of 64 bits are pairs of 32, low and high, since numbers of JavaScript are no longer than that where they
 * are quick; nothing is allocated.
 */
export function sipHash(key: SipKey, octets: Uint8Array, length: number, to: Uint8Array, at: number): void {
  let low0 = key[0]! ^ 0x70736575;
  let high0 = key[1]! ^ 0x736f6d65;
  let low1 = key[2]! ^ 0x6e646f6d;
  let high1 = key[3]! ^ 0x646f7261;
  let low2 = key[0]! ^ 0x6e657261;
  let high2 = key[1]! ^ 0x6c796765;
  let low3 = key[2]! ^ 0x79746573;
  let high3 = key[3]! ^ 0x74656462;
  // Two rounds for each word of the message, the last of which ends in the length; then four to finish.
  const rounds = 2 * ((length >> 3) + 1);
  let low = 0;
  let high = 0;
  for (let round = 0; round < rounds + 4; round++) {
    if (round === rounds) low2 ^= 0xff;
    if (round < rounds && (round & 1) === 0) {
      low = wordAt(octets, 4 * round, length);
      high = wordAt(octets, 4 * round + 4, length);
      if (round === rounds - 2) high |= length << 24;
      low3 ^= low;
      high3 ^= high;
    }
    // v0 += v1; v1 <<<= 13; v1 ^= v0; v0 <<<= 32
    let sum = (low0 + low1) | 0;
    high0 = (high0 + high1 + carry(low0, low1, sum)) | 0;
    let swap = high1;
    high1 = ((swap << 13) | (low1 >>> 19)) ^ high0;
    low1 = ((low1 << 13) | (swap >>> 19)) ^ sum;
    low0 = high0;
    high0 = sum;
    // v2 += v3; v3 <<<= 16; v3 ^= v2
    sum = (low2 + low3) | 0;
    high2 = (high2 + high3 + carry(low2, low3, sum)) | 0;
    low2 = sum;
    swap = high3;
    high3 = ((swap << 16) | (low3 >>> 16)) ^ high2;
    low3 = ((low3 << 16) | (swap >>> 16)) ^ low2;
    // v0 += v3; v3 <<<= 21; v3 ^= v0
    sum = (low0 + low3) | 0;
    high0 = (high0 + high3 + carry(low0, low3, sum)) | 0;
    low0 = sum;
    swap = high3;
    high3 = ((swap << 21) | (low3 >>> 11)) ^ high0;
    low3 = ((low3 << 21) | (swap >>> 11)) ^ low0;
    // v2 += v1; v1 <<<= 17; v1 ^= v2; v2 <<<= 32
    sum = (low2 + low1) | 0;
    high2 = (high2 + high1 + carry(low2, low1, sum)) | 0;
    swap = high1;
    high1 = ((swap << 17) | (low1 >>> 15)) ^ high2;
    low1 = ((low1 << 17) | (swap >>> 15)) ^ sum;
    low2 = high2;
    high2 = sum;
    if (round < rounds && (round & 1) === 1) {
      low0 ^= low;
      high0 ^= high;
    }
  }
  putLittleEndian(to, at, low0 ^ low1 ^ low2 ^ low3);
  putLittleEndian(to, at + 4, high0 ^ high1 ^ high2 ^ high3);
}

/** What `one + other = sum` carries out of 32 bits. */
const carry = (one: number, other: number, sum: number): number => ((one & other) | ((one | other) & ~sum)) >>> 31;

const littleEndian = (octets: Uint8Array, at: number): number =>
  octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24);

/** Four octets, those at and behind `length` being 0. */
function wordAt(octets: Uint8Array, at: number, length: number): number {
  if (at + 4 <= length) return littleEndian(octets, at);
  let word = 0;
  for (let octet = at; octet < length; octet++) word |= octets[octet]! << (8 * (octet - at));
  return word;
}

function putLittleEndian(to: Uint8Array, at: number, word: number): void {
  for (let octet = 0; octet < 4; octet++) to[at + octet] = word >>> (8 * octet);
}
