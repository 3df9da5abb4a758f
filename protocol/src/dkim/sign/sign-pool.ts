import { CannotSign } from "./cannot-sign.ts";
import { sign, type SignOptions } from "./sign.ts";
import { SignThread, type Signed } from "./sign-thread.ts";

/** To start, and to have its code compiled, a thread takes a good 100 ms of work: as long as this much takes without. */
const aloneMessagesMax = 500;
const aloneOctetsMax = 64 * 1024 * 1024;
/** A message is copied to go to a thread, in one go. A larger one is signed here, where it lets others have their turn. */
const copiedOctetsMax = 16 * 1024 * 1024;
/** What goes to a thread at once, of what waits just then: the more, the less a message's way costs. */
const batchMessagesMax = 32;
const batchOctetsMax = 1024 * 1024;
/** One that is signed and one that waits, so a thread is never without work. */
const batchesPerThread = 2;

/** What a pool should have at hand for each of its threads, so that none waits, and no more. */
export const aheadMessagesMax = 2 * batchesPerThread * batchMessagesMax;
export const aheadOctetsMax = 16 * 1024 * 1024;

type Waiting = { message: Uint8Array; resolve: (signed: Signed) => void; reject: (error: unknown) => void };

/** Signs messages on several threads, which are started when there are enough messages to be worth it. None: as `sign` does. */
export class SigningPool {
  readonly #options: SignOptions;
  readonly #threadCount: number;
  #threads: SignThread[] = [];
  readonly #waiting: Waiting[] = [];
  #aloneMessages = aloneMessagesMax;
  #aloneOctets = aloneOctetsMax;

  constructor(options: SignOptions, threadCount: number) {
    this.#options = options;
    this.#threadCount = threadCount;
  }

  /** Rejects when a thread breaks; a message that is refused is a result. */
  sign(message: Uint8Array): Promise<Signed> {
    if (message.length > copiedOctetsMax) return this.#signAlone(message);
    this.#aloneMessages--;
    this.#aloneOctets -= message.length;
    const isEarly = this.#aloneMessages >= 0 && this.#aloneOctets >= 0;
    if (isEarly || this.#threadCount === 0) return this.#signAlone(message);
    if (this.#threads.length === 0) {
      this.#threads = Array.from({ length: this.#threadCount }, () => new SignThread(this.#options));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject });
      this.#giveOut();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  async #signAlone(message: Uint8Array): Promise<Signed> {
    try {
      return { ok: true, fields: await sign(message, this.#options) };
    } catch (error) {
      if (error instanceof CannotSign) return { ok: false, refusal: error };
      throw error;
    }
  }

  /** A thread that has too little to do gets what waits, be it one message: nothing is held back to make a batch larger. */
  #giveOut(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#threads.reduce((idlest, other) => (other.batches < idlest.batches ? other : idlest));
      if (thread.batches >= batchesPerThread) return;
      void this.#signBatch(thread, this.#takeBatch());
    }
  }

  #takeBatch(): Waiting[] {
    let octets = 0;
    let count = 0;
    for (const { message } of this.#waiting) {
      octets += message.length;
      if (count > 0 && (count === batchMessagesMax || octets > batchOctetsMax)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #signBatch(thread: SignThread, batch: readonly Waiting[]): Promise<void> {
    try {
      const signed = await thread.sign(batch.map(({ message }) => message));
      for (const [at, { resolve }] of batch.entries()) resolve(signed[at]!);
      this.#giveOut();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
