import { spoolBounce } from "./bounce.ts";
import { type Delivery, startDelivery } from "./delivery.ts";
import { DEFAULT_LISTENER_LIMITS, type ListenerLimits, startListener } from "./listener.ts";
import type { Principal, QueuedMessage } from "./queued-message.ts";
import type { Checkpoint, RelayEvent } from "./relay-event.ts";
import { relayTake, type Sign, type TakeOptions } from "./relay-take.ts";
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from "./retry.ts";
import { DEFAULT_HOP_TIMEOUTS, type HopTimeouts } from "./smtp-client.ts";
import { openSpool } from "./spool.ts";

export type RelayOptions = {
  listen: { host: string; port: number };
  /** Our name in greeting, EHLO, Received and notifications. */
  hostname: string;
  tls: { cert: string; key: string };
  /** The queue's directory; one relay at a time uses it. */
  directory: string;
  /** Asked anew for each attempt; undefined: none is set, and mail waits. */
  nextHop: () => { host: string; port: number } | undefined;
  /** From of notifications. */
  postmaster: string;
  /** Epoch seconds. */
  now: () => number;
  /** Who a login is; undefined: nobody. A rejection becomes 454. */
  authenticate: (login: string, password: string) => Promise<Principal | undefined>;
  /** Whether a principal may send this; a reply refuses. A rejection becomes 451. */
  accept: TakeOptions["accept"];
  /** A rejection becomes 451 on the way in and a retry on the way out. */
  sign: Sign;
  /** Whether mail signed with these keys may still go out; false: it is signed anew. */
  stillValid: (keyIds: readonly string[]) => Promise<boolean>;
  /** How old a signature may be when its message leaves: a day unless a lab says otherwise. Asked anew for each attempt. */
  signatureAgeMaxSeconds: () => number;
  report: (event: RelayEvent) => void;
  /** Absent members of these mean the defaults. */
  limits?: Partial<ListenerLimits>;
  queue?: Partial<QueueLimits>;
  retry?: Partial<RetryPolicy>;
  timeouts?: Partial<HopTimeouts>;
  checkpoint?: (at: Checkpoint) => void;
};

export type QueueLimits = {
  messagesMax: number;
  /** Free octets that stay on the disk beside twice the largest message. */
  freeOctetsMin: number;
  concurrency: number;
  perTenantMax: number;
  indexMax: number;
};

const DEFAULT_QUEUE_LIMITS: QueueLimits = {
  messagesMax: 1_000_000,
  freeOctetsMin: 64 * 1024 * 1024,
  concurrency: 20,
  perTenantMax: 10,
  indexMax: 20_000,
};

export type Relay = {
  port: number;
  /** Messages in the queue, and of these under way. */
  readonly queued: number;
  readonly active: number;
  /** The store refused an fsync: no mail is taken and none sent until the process is started anew. */
  readonly broken: boolean;
  close: () => Promise<void>;
};

/** SMTP in, sign, durable queue, SMTP out. Who may send as whom, and how it is signed, is decided by what is injected. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { hostname, now, report, sign } = options;
  const limits = { ...DEFAULT_LISTENER_LIMITS, ...options.limits };
  const queue = { ...DEFAULT_QUEUE_LIMITS, ...options.queue };
  const checkpoint = options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint };
  const spool = await openSpool({
    directory: options.directory,
    now,
    messagesMax: queue.messagesMax,
    freeOctetsMin: queue.freeOctetsMin,
    messageOctetsMax: limits.messageOctetsMax,
    quarantined: (id, problem) => report({ event: "quarantined", id, problem }),
  });
  const queued = (message: QueuedMessage): void => delivery.queued(message);
  const delivery: Delivery = startDelivery({
    spool,
    now,
    random: Math.random,
    hop: options.nextHop,
    hostname,
    timeouts: { ...DEFAULT_HOP_TIMEOUTS, ...options.timeouts },
    retry: { ...DEFAULT_RETRY_POLICY, ...options.retry },
    sign,
    stillValid: options.stillValid,
    signatureAgeMaxSeconds: options.signatureAgeMaxSeconds,
    bounce: spoolBounce({ spool, hostname, postmaster: options.postmaster, now, queued }),
    report,
    concurrency: queue.concurrency,
    perTenantMax: queue.perTenantMax,
    indexMax: queue.indexMax,
    ...checkpoint,
  });
  const listener = await startListener({
    listen: options.listen,
    hostname,
    tls: options.tls,
    now,
    limits,
    admission: { kind: "authenticated", authenticate: options.authenticate },
    store: spool,
    take: relayTake({ now, accept: options.accept, sign, report, queued, ...checkpoint }),
    failed: (error) => report({ event: "fault", error }),
  });
  return {
    port: listener.port,
    get queued() {
      return spool.count;
    },
    get active() {
      return delivery.active;
    },
    get broken() {
      return spool.broken;
    },
    async close() {
      await Promise.all([listener.close(), delivery.close()]);
    },
  };
}
