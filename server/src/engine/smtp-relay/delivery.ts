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

/** The loop over due messages. The queue on disk is the truth; memory holds an index of bounded size and what is under way. */
export function startDelivery(options: DeliveryOptions): Delivery {
  const { spool, now, retry } = options;
  const index = new DueIndex(options.indexMax);
  const active = new Map<string, Promise<void>>();
  const perTenant = new Map<string, number>();
  const closing = new AbortController();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let scanning: Promise<void> | undefined;
  let scanAgainAt = 0;

  // Waits run on the monotonic clock, so that a step of the wall clock neither holds the queue nor makes it rush (F-18);
  // a due time beyond any wait that we would set was written under another clock.
  const add = (id: string, due: number): void => {
    const wait = Math.max(0, Math.min(due - now(), retry.capSeconds * (1 + retry.jitter)));
    if (!active.has(id)) index.add({ id, tenant: tenantTag(id), due: monotonicSeconds() + wait });
  };
  const scan = async (): Promise<void> => {
    const started = monotonicSeconds();
    index.missing = Infinity;
    for await (const { id, due } of spool.entries()) {
      if (closed) return;
      add(id, due);
    }
    // The longer the walk, the longer the rest after it: it takes a third of the time at most.
    const ended = monotonicSeconds();
    scanAgainAt = ended + 2 * (ended - started) + 0.02;
  };
  const rescan = (): void => {
    scanning ??= scan()
      .catch((error: unknown) => options.report({ event: "fault", error }))
      .finally(() => {
        scanning = undefined;
        pump();
      });
  };
  const mayStart = (tenant: string): boolean => (perTenant.get(tenant) ?? 0) < options.perTenantMax;

  const attempt = async (id: string, tenant: string): Promise<void> => {
    perTenant.set(tenant, (perTenant.get(tenant) ?? 0) + 1);
    const due = await attemptDelivery(id, { ...options, closing: closing.signal }).catch((error: unknown) => {
      options.report({ event: "fault", error });
      return now() + retry.firstSeconds;
    });
    active.delete(id);
    const left = (perTenant.get(tenant) ?? 1) - 1;
    if (left > 0) perTenant.set(tenant, left);
    else perTenant.delete(tenant);
    if (due !== undefined) add(id, due);
    pump();
  };

  const pump = (): void => {
    clearTimeout(timer);
    if (closed) return;
    while (active.size < options.concurrency && !spool.broken) {
      const next = index.take(monotonicSeconds(), mayStart);
      if (next === undefined) break;
      active.set(next.id, attempt(next.id, next.tenant));
    }
    if (active.size >= options.concurrency) return;
    // Messages that fell out of the index are looked for when there is nothing else to start.
    const time = monotonicSeconds();
    if (index.missing <= time && scanAgainAt <= time) rescan();
    const next = Math.min(index.earliest(mayStart), Math.max(index.missing, scanAgainAt));
    const wait = spool.broken ? Infinity : Math.max(0.02, next - time);
    timer = setTimeout(pump, Math.min(wait, LOOK_SECONDS_MAX) * 1000);
  };

  rescan();
  pump();
  return {
    queued: (message) => {
      add(message.id, message.nextAttemptAt);
      pump();
    },
    get active() {
      return active.size;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      const hangUp = setTimeout(() => closing.abort(), CLOSE_SECONDS * 1000);
      await Promise.all([scanning, ...active.values()]);
      clearTimeout(hangUp);
    },
  };
}

/** Most transfers take less; a hop that hangs is left after it. */
const CLOSE_SECONDS = 3;
