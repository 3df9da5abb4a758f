import { createPrivateKey, type KeyObject } from "node:crypto";
import { nextTurn } from "../../mail/next-turn.ts";
import { octetsOf } from "../../mail/octets.ts";
import { startSigning, type SignOptions } from "./sign.ts";
import { aheadMessagesMax, aheadOctetsMax, SigningPool } from "./sign-pool.ts";
import { coreCount, type Signed } from "./sign-thread.ts";

type Messages = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export type SignManyOptions = SignOptions & {
  /** How many threads sign, beside the four that Node has for RSA; 0: these alone. Absent: what keeps all cores busy. */
  threads?: number;
  /** Ends the iteration, which then throws the signal's reason. Absent: it ends with the messages. */
  signal?: AbortSignal;
};

/**
 * Signs many messages on all cores, with one set of options. Gives a result for each message, in their order; a message that
 * is refused has its refusal as its result, and the others are signed. Messages are taken as results are taken, a bounded
 * number ahead; one that was taken must not change before its result is there. Threads are started when there are enough messages
 * to be worth it: a few cost no more than they do with `sign`. Ending the iteration, by `break` or otherwise, ends the threads.
 * @throws CannotSign before the first message is taken, when the options are wrong
 */
export async function* signMany(messages: Messages, options: SignManyOptions): AsyncGenerator<Signed, void, undefined> {
  const { threads, signal, ...signOptions } = options;
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 0)) {
    throw new RangeError("threads is no whole number");
  }
  // Nothing is wrong with this header: what is refused here is refused because of the options.
  startSigning(octetsOf("From: a@example.com\r\n"), signOptions);
  const ready = withKeysRead(signOptions);
  const line = new SigningLine(messages, ready, threads ?? threadsNeeded(ready), signal);
  try {
    for (let signed = await line.next(); signed !== undefined; signed = await line.next()) yield signed;
  } finally {
    await line.close();
  }
}

/** Node's own pool has so many threads, unless the program wants it otherwise. */
const poolThreads = 4;

/**
 * An RSA signature is most of the work on a message, and `sign` leaves it to Node's pool: that keeps a few cores as busy as more
 * threads would, at less cost. For Ed25519 the way to the pool is too long.
 */
function threadsNeeded({ keys }: SignOptions): number {
  const usesPool = keys.some(({ privateKey }) => (privateKey as KeyObject).asymmetricKeyType === "rsa");
  const cores = coreCount();
  return usesPool && cores <= poolThreads ? 0 : cores;
}

/** A thread gets key objects: a private key is read once, and its text goes nowhere. */
const withKeysRead = (options: SignOptions): SignOptions => ({
  ...options,
  keys: options.keys.map((key) => ({
    signingDomain: key.signingDomain,
    selector: key.selector,
    privateKey: typeof key.privateKey === "string" ? createPrivateKey(key.privateKey) : key.privateKey,
  })),
});

const turnOctets = 1024 * 1024;
/** What a small message counts for: its signature costs more than its octets. */
const messageOctetsMin = 4096;

/** A message on its way to its result. */
type Item = { octets: number; result: Signed | undefined };

/** Messages in, results out, in the same order. */
class SigningLine {
  readonly #source: Iterator<Uint8Array> | AsyncIterator<Uint8Array>;
  readonly #pool: SigningPool;
  readonly #messagesMax: number;
  readonly #octetsMax: number;
  readonly #signal: AbortSignal | undefined;
  /** What was taken from the source and not by the caller, oldest first. */
  readonly #items: Item[] = [];
  #octets = 0;
  #reading: "no" | "yes" | "ended" = "no";
  /** What the source threw: thrown when the messages before it have had their results. */
  #sourceFailure: { reason: unknown } | undefined;
  /** What ends everything at once. */
  #failure: { reason: unknown } | undefined;
  /** Tells `next` that something has happened. */
  #wake: () => void = () => undefined;

  constructor(messages: Messages, options: SignOptions, threads: number, signal: AbortSignal | undefined) {
    this.#source = Symbol.asyncIterator in messages ? messages[Symbol.asyncIterator]() : messages[Symbol.iterator]();
    this.#pool = new SigningPool(options, threads);
    this.#messagesMax = Math.max(1, threads) * aheadMessagesMax;
    this.#octetsMax = Math.max(1, threads) * aheadOctetsMax;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort);
    if (signal?.aborted === true) this.#abort();
  }

  /** The next result; undefined when there are no more. */
  async next(): Promise<Signed | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      const item = this.#items[0];
      if (item?.result !== undefined) {
        this.#items.shift();
        this.#octets -= item.octets;
        return item.result;
      }
      if (item === undefined && this.#reading === "ended") {
        if (this.#sourceFailure !== undefined) throw this.#sourceFailure.reason;
        return undefined;
      }
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#reading === "no") void this.#read();
      await woken;
    }
  }

  /** Ends the threads and the source. A source that is waited for just now is told, and not waited for any longer. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#fail(undefined);
    await this.#pool.close();
    if (this.#reading === "yes") void this.#endSource().catch(() => undefined);
    else if (this.#reading === "no") await this.#endSource();
  }

  async #endSource(): Promise<void> {
    await this.#source.return?.();
  }

  readonly #abort = (): void => this.#fail(this.#signal?.reason);

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake();
  }

  /** Reads until enough is on its way, or there is no more. What else waits in the program has its turn after each mebibyte. */
  async #read(): Promise<void> {
    this.#reading = "yes";
    let octetsLeft = turnOctets;
    try {
      while (this.#failure === undefined && this.#hasRoom()) {
        const next = await this.#source.next();
        if (this.#failure !== undefined) break;
        if (next.done === true) return this.#endReading();
        if (!(next.value instanceof Uint8Array)) throw new TypeError("a message of signMany is no Uint8Array");
        void this.#sign(next.value);
        octetsLeft -= Math.max(next.value.length, messageOctetsMin);
        if (octetsLeft > 0) continue;
        octetsLeft = turnOctets;
        await nextTurn();
      }
      this.#reading = "no";
    } catch (reason) {
      this.#sourceFailure = { reason };
      this.#endReading();
    }
  }

  #endReading(): void {
    this.#reading = "ended";
    this.#wake();
  }

  #hasRoom(): boolean {
    return this.#items.length === 0 || (this.#items.length < this.#messagesMax && this.#octets < this.#octetsMax);
  }

  async #sign(message: Uint8Array): Promise<void> {
    const item: Item = { octets: message.length, result: undefined };
    this.#items.push(item);
    this.#octets += item.octets;
    try {
      item.result = await this.#pool.sign(message);
      if (item === this.#items[0]) this.#wake();
    } catch (error) {
      this.#fail(error);
    }
  }
}
