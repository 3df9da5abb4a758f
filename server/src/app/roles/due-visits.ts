import { setTimeout as pause } from "node:timers/promises";

export type DueDomain = { id: string; tenantId: string };

/** Domains visited side by side; each visit asks name servers and waits for them. */
const visitsMax = 32;

/**
 * Visits of due domains, a few side by side. A domain is never visited twice at a time, and a slow name server holds only its own
 * place. What a visit fails with is thrown at the next call.
 */
export class DueVisits {
  readonly #visit: (domain: DueDomain) => Promise<void>;
  readonly #running = new Map<string, Promise<void>>();
  #fault: unknown;

  readonly #placeWaitMs: number;

  /** @param placeWaitMs so long a page waits for a place before whoever runs the loop gets to its other work */
  constructor(visit: (domain: DueDomain) => Promise<void>, placeWaitMs = 1000) {
    this.#visit = visit;
    this.#placeWaitMs = placeWaitMs;
  }

  /** Begins visits as places become free. False: not all of them could be, or there was nothing to begin. */
  async begin(due: readonly DueDomain[], signal: AbortSignal): Promise<boolean> {
    this.#throwFault();
    const fresh = inFairOrder(due.filter(({ id }) => !this.#running.has(id)));
    for (const domain of fresh) {
      if (this.#running.size >= visitsMax) await this.#place(signal);
      this.#throwFault();
      if (this.#running.size >= visitsMax || signal.aborted) return false;
      const visit = this.#visit(domain)
        .catch((error: unknown) => {
          this.#fault ??= error;
        })
        .finally(() => this.#running.delete(domain.id));
      this.#running.set(domain.id, visit);
    }
    return fresh.length > 0;
  }

  async finish(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** Waits until one of the visits is over, but not for ever. */
  async #place(signal: AbortSignal): Promise<void> {
    const given = new AbortController();
    const waited = pause(this.#placeWaitMs, undefined, { signal: AbortSignal.any([signal, given.signal]) }).catch(
      () => {},
    );
    await Promise.race([...this.#running.values(), waited]);
    given.abort();
  }

  #throwFault(): void {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault;
  }
}

/**
 * One of each tenant, then the next of each: thousands of one tenant's domains keep nobody else waiting. Drawn, so that
 * controllers that list the same page begin at different ends of it.
 */
export function inFairOrder(due: readonly DueDomain[]): DueDomain[] {
  const drawn = due.map((domain) => ({ domain, at: Math.random() })).toSorted((a, b) => a.at - b.at);
  const places = new Map<string, number>();
  const ranked = drawn.map(({ domain }) => {
    const rank = places.get(domain.tenantId) ?? 0;
    places.set(domain.tenantId, rank + 1);
    return { domain, rank };
  });
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ domain }) => domain);
}
