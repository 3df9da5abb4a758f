import { createHash, type Hash } from "node:crypto";
import { canonicalizeBody, type BodyCanonicalizer } from "./canonicalize-body.ts";
import type { CanonicalizationName } from "./canonicalize-header.ts";

/** One way to hash a body. `octetsMax` is `l=`: how many canonical octets are hashed; undefined means all. */
export type BodyHashSpec = { canonicalization: CanonicalizationName; octetsMax: number | undefined };

/** The digest in base64, as `bh=` has it, and the length of the whole canonical body whatever part of it was hashed. */
export type BodyHash = { digest: string; canonicalOctets: number };

/**
 * Hashes one body in every way that the signatures of a message ask for, with SHA-256, in one pass. Each canonicalization runs
 * once, each (canonicalization, `l=`) is hashed once.
 */
export class BodyHasher {
  readonly #canonicalizers = new Map<
    CanonicalizationName,
    { canonicalizer: BodyCanonicalizer; hashes: LimitedHash[] }
  >();

  /** The body must not have begun. The function it gives is to be called after `finish`. */
  add(spec: BodyHashSpec): () => BodyHash {
    let entry = this.#canonicalizers.get(spec.canonicalization);
    if (entry === undefined) {
      const hashes: LimitedHash[] = [];
      const update = (octets: Uint8Array): void => hashes.forEach((hash) => hash.update(octets));
      const canonicalizer = canonicalizeBody(spec.canonicalization, update, {
        mark: () => hashes.forEach((hash) => hash.mark()),
        takeBack: () => hashes.forEach((hash) => hash.takeBack()),
      });
      entry = { canonicalizer, hashes };
      this.#canonicalizers.set(spec.canonicalization, entry);
    }
    let hash = entry.hashes.find((candidate) => candidate.octetsMax === spec.octetsMax);
    if (hash === undefined) {
      hash = new LimitedHash(spec.octetsMax);
      entry.hashes.push(hash);
    }
    const found = hash;
    return () => found.result();
  }

  update(chunk: Uint8Array): void {
    for (const { canonicalizer } of this.#canonicalizers.values()) canonicalizer.update(chunk);
  }

  finish(): void {
    for (const { canonicalizer } of this.#canonicalizers.values()) canonicalizer.finish();
  }
}

class LimitedHash {
  readonly octetsMax: number | undefined;
  #hash: Hash = createHash("sha256");
  #left: number;
  #canonicalOctets = 0;
  #marked: { hash: Hash; left: number; canonicalOctets: number } | undefined;
  #result: BodyHash | undefined;

  constructor(octetsMax: number | undefined) {
    this.octetsMax = octetsMax;
    this.#left = octetsMax ?? Number.POSITIVE_INFINITY;
  }

  update(octets: Uint8Array): void {
    this.#canonicalOctets += octets.length;
    if (this.#left <= 0) return;
    this.#hash.update(octets.length <= this.#left ? octets : octets.subarray(0, this.#left));
    this.#left -= octets.length;
  }

  mark(): void {
    this.#marked = { hash: this.#hash.copy(), left: this.#left, canonicalOctets: this.#canonicalOctets };
  }

  takeBack(): void {
    ({ hash: this.#hash, left: this.#left, canonicalOctets: this.#canonicalOctets } = this.#marked!);
  }

  result(): BodyHash {
    this.#result ??= { digest: this.#hash.digest("base64"), canonicalOctets: this.#canonicalOctets };
    return this.#result;
  }
}
