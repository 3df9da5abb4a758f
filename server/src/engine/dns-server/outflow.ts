import type { Socket } from "node:net";
import { lengthOf } from "./framing.ts";
import { inTurn } from "./turns.ts";

/** What a reader of several messages may take of us. */
export type OutflowLimits = {
  /** A reader that takes nothing for so long is gone. */
  stuckSeconds: number;
  /** Nobody needs longer for all messages of one reply. */
  replySecondsMax: number;
};

/** More than this is not made before the reader took some of it. */
const unsentOctetsMax = 128 * 1024;

/**
 * Sends replies of several messages over one connection, one reply after the other, each message made when there is room for it. A slow reader
 * costs two hundred kilobytes at most, holds nobody up, and ends with the connection when it takes nothing any more.
 */
export class Outflow {
  readonly #socket: Socket;
  readonly #limits: OutflowLimits;
  readonly #onIdle: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #replies: Iterator<Uint8Array>[] = [];
  #scheduled = false;
  #stuck: NodeJS.Timeout | undefined;
  #tooLong: NodeJS.Timeout | undefined;

  /** `onIdle` is told when the last message of all replies was taken by the client. */
  constructor(socket: Socket, limits: OutflowLimits, onIdle: () => void, onError: (error: unknown) => void) {
    this.#socket = socket;
    this.#limits = limits;
    this.#onIdle = onIdle;
    this.#onError = onError;
    socket.on("close", () => this.#stop());
  }

  get isBusy(): boolean {
    return this.#stuck !== undefined;
  }

  add(reply: Iterable<Uint8Array>): void {
    const messages = reply[Symbol.iterator]();
    if (this.#socket.destroyed) {
      messages.return?.();
      return;
    }
    this.#replies.push(messages);
    const drop = (): unknown => this.#socket.destroy();
    this.#stuck ??= setTimeout(drop, this.#limits.stuckSeconds * 1000);
    this.#tooLong ??= setTimeout(drop, this.#limits.replySecondsMax * 1000);
    this.#schedule();
  }

  #wake(): void {
    this.#stuck?.refresh();
    if (this.isBusy) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    inTurn(() => this.#work());
  }

  #work(): void {
    this.#scheduled = false;
    if (this.#socket.destroyed) return;
    this.#socket.cork();
    if (this.#socket.writableLength <= unsentOctetsMax) this.#sendOne();
    this.#socket.uncork();
    if (this.#replies.length === 0) {
      if (this.#socket.writableLength === 0) this.#finish();
    } else if (this.#socket.writableLength <= unsentOctetsMax) this.#schedule();
  }

  #sendOne(): void {
    const [messages] = this.#replies;
    if (!messages) return;
    try {
      const message = messages.next();
      if (message.done !== true) {
        this.#socket.write(lengthOf(message.value)); // corked: both go out together, and large messages are not copied
        this.#socket.write(message.value, () => this.#wake());
        return;
      }
    } catch (error) {
      this.#onError(error);
      this.#socket.destroy(); // what was sent is not whole, and the client has to see that
      return;
    }
    this.#replies.shift();
    this.#tooLong?.refresh();
  }

  #finish(): void {
    this.#clearClocks();
    this.#onIdle();
  }

  #stop(): void {
    this.#clearClocks();
    for (const messages of this.#replies.splice(0)) messages.return?.();
  }

  #clearClocks(): void {
    clearTimeout(this.#stuck);
    clearTimeout(this.#tooLong);
    this.#stuck = undefined;
    this.#tooLong = undefined;
  }
}
