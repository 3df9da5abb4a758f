import type { TsigSigner } from "chancery/dns";

export type StreamEnd = { messages: number; octets: number; end: "sent" | "broken-off" };

/**
 * The messages of one transfer, each signed when it is pulled. Whoever pulls either takes all of them or calls `return`; `ended` is told once, in
 * both cases.
 */
export class TransferStream implements IterableIterator<Uint8Array> {
  readonly #messages: Iterator<Uint8Array>;
  readonly #signer: TsigSigner;
  readonly #now: () => number;
  #ended: ((how: StreamEnd) => void) | undefined;
  #count = 0;
  #octets = 0;

  constructor(messages: Iterator<Uint8Array>, signer: TsigSigner, now: () => number, ended: (how: StreamEnd) => void) {
    this.#messages = messages;
    this.#signer = signer;
    this.#now = now;
    this.#ended = ended;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Uint8Array, undefined> {
    const message = this.#messages.next();
    if (message.done === true) return this.#end("sent");
    const signed = this.#signer.sign(message.value, this.#now());
    this.#count++;
    this.#octets += signed.length;
    return { done: false, value: signed };
  }

  return(): IteratorResult<Uint8Array, undefined> {
    return this.#end("broken-off");
  }

  #end(end: StreamEnd["end"]): IteratorResult<Uint8Array, undefined> {
    this.#ended?.({ messages: this.#count, octets: this.#octets, end });
    this.#ended = undefined;
    return { done: true, value: undefined };
  }
}
