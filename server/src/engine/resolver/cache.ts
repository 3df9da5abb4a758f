type Kept<V> = { value: V; expires: number };

/**
 * Values for a limited time and in a limited number; the one not used for longest goes first. `clock` gives seconds that
 * only rise; absent means time since this process began.
 */
export class TtlCache<V> {
  readonly #kept = new Map<string, Kept<V>>();
  readonly #entriesMax: number;
  readonly #clock: () => number;

  constructor(entriesMax: number, clock: () => number = () => performance.now() / 1000) {
    this.#entriesMax = entriesMax;
    this.#clock = clock;
  }

  /** The value and the whole seconds left to it, at least 1; undefined when there is none or its time is over. */
  get(key: string): { value: V; secondsLeft: number } | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#kept.delete(key);
    const left = kept.expires - this.#clock();
    if (left <= 0) return undefined;
    this.#kept.set(key, kept);
    return { value: kept.value, secondsLeft: Math.ceil(left) };
  }

  /** Zero seconds or less keep nothing. */
  set(key: string, value: V, seconds: number): void {
    this.#kept.delete(key);
    if (seconds <= 0) return;
    this.#kept.set(key, { value, expires: this.#clock() + seconds });
    if (this.#kept.size <= this.#entriesMax) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }

  get size(): number {
    return this.#kept.size;
  }
}
