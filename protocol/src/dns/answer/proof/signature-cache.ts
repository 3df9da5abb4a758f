/** The signatures of one RRset, and all that they depend on besides owner and type. */
export type CachedSignatures = {
  ttl: number;
  /** RDATA, in octets of their own. */
  data: readonly Uint8Array[];
  /** Of the keys and times. */
  signedBy: string;
  renewAt: number;
  /** RRSIG records without owner. */
  signatures: Uint8Array;
};

/** What an entry costs besides the octets in it: two typed arrays, an object, a place in the map. */
const entryOctets = 400;

/** Signatures by owner and type; the one not used for the longest time goes when there are too many octets. */
export class SignatureCache {
  readonly #octetsMax: number;
  readonly #entries = new Map<string, CachedSignatures>();
  #octets = 0;

  constructor(octetsMax: number) {
    this.#octetsMax = octetsMax;
  }

  get(key: string): CachedSignatures | undefined {
    const entry = this.#entries.get(key);
    if (entry) {
      this.#entries.delete(key); // a map is ordered by insertion
      this.#entries.set(key, entry);
    }
    return entry;
  }

  set(key: string, entry: CachedSignatures): void {
    const before = this.#entries.get(key);
    if (before) this.#remove(key, before);
    this.#entries.set(key, entry);
    this.#octets += octetsOf(key, entry);
    for (const [oldest, old] of this.#entries) {
      if (this.#octets <= this.#octetsMax) return;
      this.#remove(oldest, old);
    }
  }

  #remove(key: string, entry: CachedSignatures): void {
    this.#entries.delete(key);
    this.#octets -= octetsOf(key, entry);
  }
}

const octetsOf = (key: string, { data, signatures }: CachedSignatures): number =>
  data.reduce((sum, rdata) => sum + rdata.length, entryOctets + key.length + signatures.length);
