import { once } from "node:events";
import type { Socket } from "node:net";
import {
  createPacketReader,
  createSession,
  type FinalAction,
  PROGRESS,
  type Session,
  type Step,
  type Wanted,
} from "chancery/milter";
import type { Decide, MilterFault } from "./decide.ts";
import type { MilterServerLimits } from "./limits.ts";
import { createOpenMessage, type OpenMessage, undecided } from "./open-message.ts";
import { createWatchdog, type Watchdog } from "./watchdog.ts";

export type ConnectionOptions = {
  wanted: Wanted;
  decide: Decide;
  limits: MilterServerLimits;
  onFault: (fault: MilterFault) => void;
};

export type Connection = {
  /** Settles when the socket is closed and nothing of the connection is left. */
  done: Promise<void>;
  /** Lets a message that is being sent come to its end, then closes. */
  finish(): void;
  /** Closes now. */
  destroy(): void;
};

/** How long the last octets may take to reach a peer that may not be reading. */
const flushSeconds = 2;

/** Serves one MTA connection: octets in, the session's steps, the policy's answers out. */
export function serveConnection(socket: Socket, options: ConnectionOptions): Connection {
  const served = new ServedConnection(socket, options);
  return { done: served.run(), finish: () => served.finish(), destroy: () => socket.destroy() };
}

class ServedConnection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #session: Session;
  readonly #from: string;
  readonly #closed = new AbortController();
  #message: OpenMessage | undefined;
  #finishing = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#session = createSession(options.wanted, options.limits);
    this.#from = `${socket.remoteAddress ?? "unknown"} port ${socket.remotePort ?? 0}`;
    socket.setNoDelay(true);
    // An MTA that goes away in any manner is no fault; the loop below sees the end of the stream.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#closed.abort();
      this.#message?.abandon();
    });
  }

  async run(): Promise<void> {
    const watchdog = createWatchdog(this.#options.limits, (problem) => {
      this.#fault("peer-too-slow", problem);
      this.#socket.destroy();
    });
    await this.#converse(watchdog);
    watchdog.stop();
    this.#message?.abandon();
    this.#message = undefined;
    await this.#closeSocket();
  }

  finish(): void {
    this.#finishing = true;
    if (this.#session.standing() !== "sending") this.#socket.destroySoon();
  }

  async #converse(watchdog: Watchdog): Promise<void> {
    const reader = createPacketReader(this.#options.limits.packetBytesMax);
    watchdog.watch("negotiating");
    for await (const chunk of receivedChunks(this.#socket)) {
      const batch = reader.push(chunk);
      watchdog.pause(batch.packets.length === 0);
      for (const packet of batch.packets) {
        if (!(await this.#performAll(this.#session.receive(packet)))) return;
      }
      if (batch.problem !== undefined) return this.#fault("protocol-broken", batch.problem);
      if (this.#finishing && this.#session.standing() !== "sending") return;
      watchdog.watch(reader.partial() ? "packet" : this.#session.standing());
    }
  }

  async #closeSocket(): Promise<void> {
    this.#socket.destroySoon();
    const giveUp = setTimeout(() => this.#socket.destroy(), flushSeconds * 1000);
    await new Promise<void>((resolve) => {
      if (this.#socket.closed) resolve();
      else this.#socket.once("close", () => resolve());
    });
    clearTimeout(giveUp);
  }

  /** False when the connection is over. */
  async #performAll(steps: readonly Step[]): Promise<boolean> {
    for (const step of steps) {
      if (step.kind === "close") {
        if (step.problem !== undefined) this.#fault("protocol-broken", step.problem);
        return false;
      }
      await this.#perform(step);
    }
    return !this.#closed.signal.aborted;
  }

  async #perform(step: Exclude<Step, { kind: "close" }>): Promise<void> {
    switch (step.kind) {
      case "reply":
        return this.#send(step.bytes);
      case "refuse":
        this.#fault("message-too-large", step.problem);
        return this.#send(step.bytes);
      case "open":
        return this.#open(step.message);
      case "body": {
        const more = (await this.#message?.update(step.chunk)) ?? false;
        return this.#send(this.#session.answerBody(more));
      }
      case "end":
        return this.#finishMessage(step.chunk);
      case "abandon":
        this.#message?.abandon();
        this.#message = undefined;
        return undefined;
    }
  }

  async #open(message: Extract<Step, { kind: "open" }>["message"]): Promise<void> {
    const { decide, limits } = this.#options;
    const queueId = message.macros.get("i");
    const opened = createOpenMessage(message, this.#socket.remoteAddress ?? "", decide, limits, (cause) =>
      this.#fault("decision-failed", describe(cause), { cause, ...(queueId === undefined ? {} : { queueId }) }),
    );
    this.#message = opened;
    const answer = await opened.open();
    await this.#answer(opened, this.#session.answerOpen(answer), (final) => this.#session.answerOpen(final));
    if (answer !== "body") this.#message = undefined;
  }

  async #finishMessage(lastChunk: Uint8Array): Promise<void> {
    const message = this.#message;
    if (message === undefined) return;
    if (lastChunk.length > 0) await message.update(lastChunk);
    const outcome = await message.finish(() => void this.#socket.write(PROGRESS));
    await this.#answer(message, this.#session.answerEnd(outcome), (final) => this.#session.answerEnd(final));
    this.#message = undefined;
  }

  /** Sends the policy's answer, or where that has no form on the wire, a temporary failure. */
  async #answer(
    message: OpenMessage,
    answer: ReturnType<Session["answerEnd"]>,
    answerAgain: (final: FinalAction) => ReturnType<Session["answerEnd"]>,
  ): Promise<void> {
    if (answer.ok) return this.#send(answer.value);
    message.fail(new Error(`the decision cannot be sent: ${answer.problem}`));
    const instead = answerAgain(undecided);
    if (instead.ok) await this.#send(instead.value);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0 || this.#socket.destroyed || this.#socket.write(bytes)) return;
    // A peer that sends and never reads must not fill our memory; the socket's end frees us.
    await once(this.#socket, "drain", { signal: this.#closed.signal }).catch(() => {});
  }

  #fault(kind: MilterFault["kind"], problem: string, more: { cause?: unknown; queueId?: string } = {}): void {
    this.#options.onFault({ kind, from: this.#from, problem, ...more });
  }
}

/** What the socket brings, until its end, whether clean or not. */
async function* receivedChunks(socket: Socket): AsyncGenerator<Uint8Array> {
  try {
    yield* socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } catch {
    // Reset, or destroyed by ourselves: the same end.
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
