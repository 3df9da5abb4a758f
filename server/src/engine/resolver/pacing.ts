/**
 * Spaces the queries to each server, so that many lookups at once (an audit of a customer with hundreds of names, or zones
 * made to lead us somewhere) do not make a flood: a burst is let through, then a steady rate.
 */
export class Pacing {
  readonly #perSecond: number;
  readonly #burst: number;
  /** For each server the time, in milliseconds, at which all it was sent would have been sent at the steady rate. */
  readonly #paidUntil = new Map<string, number>();
  readonly #clock: () => number;

  constructor(limits: { perSecond: number; burst: number }, clock: () => number = () => performance.now()) {
    this.#perSecond = limits.perSecond;
    this.#burst = limits.burst;
    this.#clock = clock;
  }

  /** Takes a turn at `server` and answers how many milliseconds to wait for it. */
  take(server: string): number {
    const now = this.#clock();
    const interval = 1000 / this.#perSecond;
    if (this.#paidUntil.size >= serversMax) this.#forget(now);
    const paidUntil = Math.max(now, this.#paidUntil.get(server) ?? 0) + interval;
    this.#paidUntil.set(server, paidUntil);
    return Math.max(0, paidUntil - now - this.#burst * interval);
  }

  #forget(now: number): void {
    for (const [server, paidUntil] of this.#paidUntil) if (paidUntil <= now) this.#paidUntil.delete(server);
  }
}

const serversMax = 10_000;
