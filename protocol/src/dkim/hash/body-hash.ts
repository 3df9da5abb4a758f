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
      const canonicalizer = canonicalizeBody(spec.canonicalization, (octets) => {
        for (const hash of hashes) hash.update(octets);
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
  readonly #hash: Hash = createHash("sha256");
  #left: number;
  #canonicalOctets = 0;
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

  result(): BodyHash {
    this.#result ??= { digest: this.#hash.digest("base64"), canonicalOctets: this.#canonicalOctets };
    return this.#result;
  }
}
