import { hashOfState, hashPrime, hashStart } from "./name-hash.ts";

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
