import { type AttemptOptions, attemptDelivery } from "./attempt.ts";
import { DueIndex } from "./due-index.ts";
import { tenantTag } from "./message-store.ts";
import type { QueuedMessage } from "./queued-message.ts";

export type DeliveryOptions = Omit<AttemptOptions, "closing"> & {
  /** Messages under way at once. */
  concurrency: number;
  /** Of these, at most so many of one tenant. */
  perTenantMax: number;
  /** Due times kept in memory; a longer queue waits on disk alone. */
  indexMax: number;
};

export type Delivery = {
  /** A message has become durable. */
  queued: (message: QueuedMessage) => void;
  /** How many messages are under way. */
  readonly active: number;
  /** Starts no more, gives what is under way a few seconds, then hangs up; resolves when all is recorded. */
  close: () => Promise<void>;
};

/** A timer holds no longer than this, whatever the due time (setTimeout overflows after 24 days). */
const LOOK_SECONDS_MAX = 60;

const monotonicSeconds = (): number => performance.now() / 1000;

/** Starts the loop over due messages. */
export function startDelivery(options: DeliveryOptions): Delivery {
  const loop = new DeliveryLoop(options);
  loop.rescan();
  return {
    queued: (message) => {
      loop.add(message.id, message.nextAttemptAt);
      loop.pump();
    },
    get active() {
      return loop.active.size;
    },
    close: () => loop.close(),
  };
}

/** The queue on disk is the truth; memory holds an index of bounded size and what is under way. */
class DeliveryLoop {
  readonly active = new Map<string, Promise<void>>();
  #options: DeliveryOptions;
  #index: DueIndex;
  #perTenant = new Map<string, number>();
  #closing = new AbortController();
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #scanning: Promise<void> | undefined;
  #scanAgainAt = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#index = new DueIndex(options.indexMax);
  }

  /**
   * Waits run on the monotonic clock, so that a step of the wall clock neither holds the queue nor makes it rush (F-18);
   * a due time beyond any wait that we would set was written under another clock.
   */
  add(id: string, due: number): void {
    const { now, retry } = this.#options;
    const wait = Math.max(0, Math.min(due - now(), retry.capSeconds * (1 + retry.jitter)));
    if (!this.active.has(id)) this.#index.add({ id, tenant: tenantTag(id), due: monotonicSeconds() + wait });
  }

  /** Starts what is due as far as the limits allow, and sets the timer for the rest. */
  pump(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const { concurrency, spool } = this.#options;
    while (this.active.size < concurrency && !spool.broken) {
      const next = this.#index.take(monotonicSeconds(), this.#mayStart);
      if (next === undefined) break;
      this.active.set(next.id, this.#attempt(next.id, next.tenant));
    }
    if (this.active.size >= concurrency) return;
    // Messages that fell out of the index are looked for when there is nothing else to start.
    const time = monotonicSeconds();
    if (this.#index.missing <= time && this.#scanAgainAt <= time) this.rescan();
    const next = Math.min(this.#index.earliest(this.#mayStart), Math.max(this.#index.missing, this.#scanAgainAt));
    const wait = spool.broken ? Infinity : Math.max(0.02, next - time);
    this.#timer = setTimeout(() => this.pump(), Math.min(wait, LOOK_SECONDS_MAX) * 1000);
  }

  rescan(): void {
    this.#scanning ??= this.#scan()
      .catch((error: unknown) => this.#options.report({ event: "fault", error }))
      .finally(() => {
        this.#scanning = undefined;
        this.pump();
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const hangUp = setTimeout(() => this.#closing.abort(), CLOSE_SECONDS * 1000);
    await Promise.all([this.#scanning, ...this.active.values()]);
    clearTimeout(hangUp);
  }

  #mayStart = (tenant: string): boolean => (this.#perTenant.get(tenant) ?? 0) < this.#options.perTenantMax;

  async #scan(): Promise<void> {
    const started = monotonicSeconds();
    this.#index.missing = Infinity;
    let walked = 0;
    for await (const { id, due } of this.#options.spool.entries()) {
      if (this.#closed) return;
      this.add(id, due);
      walked += 1;
      if (walked % START_WHILE_WALKING === 0) this.pump();
    }
    // The longer the walk, the longer the rest after it: it takes a third of the time at most.
    const ended = monotonicSeconds();
    this.#scanAgainAt = ended + 2 * (ended - started) + 0.02;
  }

  async #attempt(id: string, tenant: string): Promise<void> {
    const { report, now, retry } = this.#options;
    this.#perTenant.set(tenant, (this.#perTenant.get(tenant) ?? 0) + 1);
    const options = { ...this.#options, closing: this.#closing.signal };
    const due = await attemptDelivery(id, options).catch((error: unknown) => {
      report({ event: "fault", error });
      return now() + retry.firstSeconds;
    });
    this.active.delete(id);
    const left = (this.#perTenant.get(tenant) ?? 1) - 1;
    if (left > 0) this.#perTenant.set(tenant, left);
    else this.#perTenant.delete(tenant);
    if (due !== undefined) this.add(id, due);
    this.pump();
  }
}

/** Most transfers take less; a hop that hangs is left after it. */
const CLOSE_SECONDS = 3;

/** At the start of a long queue delivery does not wait for the end of the walk. */
const START_WHILE_WALKING = 1000;
