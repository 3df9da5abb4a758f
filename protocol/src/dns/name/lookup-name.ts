/** RFC 1035 §2.3.4: 255 octets leave room for 127 labels besides the root. */
const labelsMax = 127;
const nameOctetsMax = 255;
const dot = 0x2e;
const backslash = 0x5c;

const wildcardName = new Uint8Array(2 + nameOctetsMax);
wildcardName.set([1, 0x2a]);

/**
 * A name made ready to be looked for: lower-case wire form, the offset of each label, and a hash of each suffix, so that the name and
 * all its ancestors are found without being read again. One object serves many names in turn; reading allocates nothing.
 */
export class LookupName {
  readonly octets = new Uint8Array(nameOctetsMax);
  /** Number of labels, the root label not counted. */
  labels = 0;
  /** Octets with the final zero. */
  length = 0;
  readonly #labelAt = new Uint8Array(labelsMax + 1);
  readonly #hashes = new Uint32Array(labelsMax + 1);

  /** Takes the uncompressed name at `at`. Answers the offset after it, or -1 when there is no sound name. */
  read(bytes: Uint8Array, at: number): number {
    const { octets } = this;
    let length = 0;
    let labels = 0;
    for (;;) {
      const size = bytes[at + length];
      if (size === undefined || size > 63 || length + size + 1 > nameOctetsMax) return -1;
      if (size > 0 && labels === labelsMax) return -1;
      this.#labelAt[labels] = length;
      octets[length++] = size;
      if (size === 0) break;
      labels++;
      if (at + length + size >= bytes.length) return -1;
      for (const end = length + size; length < end; length++) {
        const octet = bytes[at + length]!; // inside by the check above
        octets[length] = octet >= 65 && octet <= 90 ? octet + 32 : octet; // ASCII only: RFC 4343 §3
      }
    }
    this.labels = labels;
    this.length = length;
    this.#hash();
    return at + length;
  }

  /**
   * Takes a name from text when that is plain: ASCII, no escapes, no empty or too long part. Answers false for all other text, which may
   * be a name all the same.
   */
  readText(text: string): boolean {
    const { octets } = this;
    if (text.length === 0 || text.length > nameOctetsMax - 2) return false;
    let labels = 0;
    let start = 0;
    for (let at = 0; at <= text.length; at++) {
      const code = at === text.length ? dot : text.charCodeAt(at);
      if (code > 0x7e || code === backslash) return false;
      if (code !== dot) {
        octets[at + 1] = code >= 65 && code <= 90 ? code + 32 : code;
        continue;
      }
      if (at === start || at - start > 63) return false;
      this.#labelAt[labels++] = start;
      octets[start] = at - start;
      start = at + 1;
    }
    octets[start] = 0;
    this.#labelAt[labels] = start;
    this.labels = labels;
    this.length = start + 1;
    this.#hash();
    return true;
  }

  /** The offset of label `label`, counted from the left; `labels` itself is the root. */
  labelAt(label: number): number {
    return this.#labelAt[label]!;
  }

  /** The hash of the name without its first `label` labels. */
  hash(label: number): number {
    return this.#hashes[label]!;
  }

  /** Whether the name without its first `label` labels begins with the label `*`. */
  isWildcard(label: number): boolean {
    const at = this.#labelAt[label]!;
    return this.octets[at] === 1 && this.octets[at + 1] === 0x2a;
  }

  /** Takes the name `*` below the ancestor that starts at label `label` of another name. */
  readWildcard(name: LookupName, label: number): void {
    const from = name.labelAt(label);
    wildcardName.set(name.octets.subarray(from, name.length), 2);
    this.read(wildcardName, 0);
  }

  /** From the right end, so that every suffix gets its hash in the one pass. */
  #hash(): void {
    let hash = hashStart;
    let label = this.labels;
    this.#hashes[label] = hashOfState(hash);
    for (let at = this.length - 2; at >= 0; at--) {
      hash = Math.imul(hash ^ this.octets[at]!, hashPrime);
      if (at === this.#labelAt[label - 1]) this.#hashes[--label] = hashOfState(hash);
    }
  }
}

/** FNV-1a. */
export const hashStart = 0x811c9dc5;
const hashPrime = 0x01000193;

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

/**
 * Names numbered from 0 in the order in which they were added. Everything lies in a few flat arrays: a million names cost their octets
 * and twenty more each, and the garbage collector has nothing to walk through.
 */
export class NameTable {
  count = 0;
  #octets = new Uint8Array(256);
  #octetsUsed = 0;
  #starts = new Uint32Array(16);
  #hashes = new Uint32Array(16);
  /** Open addressing: number + 1, or 0 for an empty slot. The length is a power of two and at least twice `count`. */
  #slots = new Int32Array(32);

  /** The number of the name without its first `label` labels, or -1. */
  find(name: LookupName, label: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = name.hash(label);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (number < 0) return -1;
      if (this.#hashes[number] === hash && this.#equals(number, name, label)) return number;
    }
  }

  /** Adds a name that is not there yet; answers its number. */
  add(name: LookupName, label: number): number {
    const from = name.labelAt(label);
    this.#reserve(name.length - from);
    const number = this.count++;
    this.#starts[number] = this.#octetsUsed;
    this.#hashes[number] = name.hash(label);
    this.#octets.set(name.octets.subarray(from, name.length), this.#octetsUsed);
    this.#octetsUsed += name.length - from;
    this.#place(number);
    return number;
  }

  /** The array that holds the name at `start(number)`; names stand one after the other. */
  get octets(): Uint8Array {
    return this.#octets;
  }

  /** The hash of name `number`, as `LookupName.hash` tells it. */
  hash(number: number): number {
    return this.#hashes[number]!;
  }

  /** Where the last name ends. */
  get octetsUsed(): number {
    return this.#octetsUsed;
  }

  start(number: number): number {
    return this.#starts[number]!;
  }

  /** Gives back the room for names that will not come. */
  trim(): void {
    this.#octets = this.#octets.slice(0, this.#octetsUsed);
    this.#starts = this.#starts.slice(0, this.count);
    this.#hashes = this.#hashes.slice(0, this.count);
  }

  #equals(number: number, name: LookupName, label: number): boolean {
    const ours = this.#octets;
    const theirs = name.octets;
    let at = this.#starts[number]!;
    for (let from = name.labelAt(label); from < name.length; from++) if (ours[at++] !== theirs[from]) return false;
    return true;
  }

  #place(number: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[number]! & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number + 1;
  }

  #reserve(octets: number): void {
    if (this.#octetsUsed + octets > this.#octets.length) {
      this.#octets = grown(new Uint8Array(2 * this.#octets.length + octets), this.#octets);
    }
    if (this.count === this.#starts.length) {
      this.#starts = grown(new Uint32Array(2 * this.count), this.#starts);
      this.#hashes = grown(new Uint32Array(2 * this.count), this.#hashes);
    }
    if (2 * (this.count + 1) > this.#slots.length) {
      this.#slots = new Int32Array(2 * this.#slots.length);
      for (let number = 0; number < this.count; number++) this.#place(number);
    }
  }
}

function grown<A extends Uint8Array | Uint32Array>(larger: A, old: A): A {
  larger.set(old);
  return larger;
}
