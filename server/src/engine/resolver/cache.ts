type Kept<V> = { value: V; expires: number; octets: number };

/** How much is kept: so many values, and so many octets of them as `octetsOf` counts. */
export type CacheLimits<V> = { entriesMax: number; octetsMax: number; octetsOf: (value: V) => number };

/**
 * Values for a limited time, in a limited number and size; the one not used for longest goes first. `clock` gives seconds
 * that only rise; absent means time since this process began.
 */
export class TtlCache<V> {
  readonly #kept = new Map<string, Kept<V>>();
  readonly #limits: CacheLimits<V>;
  readonly #clock: () => number;
  #octets = 0;

  constructor(limits: CacheLimits<V>, clock: () => number = () => performance.now() / 1000) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** The value and the whole seconds left to it, at least 1; undefined when there is none or its time is over. */
  get(key: string): { value: V; secondsLeft: number } | undefined {
    const kept = this.#remove(key);
    if (!kept) return undefined;
    const left = kept.expires - this.#clock();
    if (left <= 0) return undefined;
    this.#add(key, kept);
    return { value: kept.value, secondsLeft: Math.ceil(left) };
  }

  /** Zero seconds or less keep nothing. */
  set(key: string, value: V, seconds: number): void {
    this.#remove(key);
    if (seconds <= 0) return;
    this.#add(key, { value, expires: this.#clock() + seconds, octets: key.length + this.#limits.octetsOf(value) });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#limits.entriesMax && this.#octets <= this.#limits.octetsMax) return;
      this.#remove(oldest);
    }
  }

  get size(): number {
    return this.#kept.size;
  }

  #add(key: string, kept: Kept<V>): void {
    this.#kept.set(key, kept);
    this.#octets += kept.octets;
  }

  #remove(key: string): Kept<V> | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#kept.delete(key);
    this.#octets -= kept.octets;
    return kept;
  }
}
