/** RFC 9520 §3.2: a failure is remembered for one second at least and five minutes at most. */
const restSeconds = { first: 1, longest: 300 };
const serversMax = 10_000;

/**
 * Remembers which servers kept silent, so that many look-ups do not each wait for the same dead one. One that is doubted is
 * asked after the others; one that was silent to a second, longer wait rests, and each further silence doubles the rest. An
 * answer ends both. `clock` gives seconds that only rise; absent means time since this process began.
 */
export class Backoff {
  readonly #silent = new Map<string, { until: number; restSeconds: number }>();
  readonly #doubted = new Set<string>();
  readonly #clock: () => number;

  constructor(clock: () => number = () => performance.now() / 1000) {
    this.#clock = clock;
  }

  /** Whether `server` is not to be asked now. */
  isResting(server: string): boolean {
    return (this.#silent.get(server)?.until ?? 0) > this.#clock();
  }

  isDoubted(server: string): boolean {
    return this.#doubted.has(server);
  }

  doubt(server: string): void {
    if (this.#doubted.size >= serversMax) this.#doubted.clear();
    this.#doubted.add(server);
  }

  /** Silence while it rests is of a question that was under way, and counts once. */
  silent(server: string): void {
    const known = this.#silent.get(server);
    const now = this.#clock();
    if (known && known.until > now) return;
    const rest = known ? Math.min(known.restSeconds * 2, restSeconds.longest) : restSeconds.first;
    if (this.#silent.size >= serversMax) this.#silent.clear();
    this.#silent.set(server, { until: now + rest, restSeconds: rest });
  }

  answered(server: string): void {
    this.#silent.delete(server);
    this.#doubted.delete(server);
  }
}
