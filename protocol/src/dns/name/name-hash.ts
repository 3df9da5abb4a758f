/** FNV-1a. */
export const hashStart = 0x811c9dc5;
export const hashPrime = 0x01000193;

/** Goes on with the octets from `from` to `to`, the last first. */
export function hashFrom(state: number, octets: Uint8Array, from: number, to: number): number {
  for (let at = to - 1; at >= from; at--) state = Math.imul(state ^ octets[at]!, hashPrime);
  return state;
}

/** A hash has so many bits: a number that the machine takes as it is. */
export const hashBits = 31;

/** Spreads the hash over all its bits (the finalizer of MurmurHash3); FNV leaves the low ones weak. */
export function hashOfState(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 1;
}
