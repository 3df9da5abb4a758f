import assert from "node:assert/strict";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** A reply of the next hop: its code, and its lines without code, joined by a blank. */
export type HopReply = { code: number; text: string };

/** The conversation ended before its time: silence, a cut, or something that is no SMTP. */
export class HopLost extends Error {}

const REPLY_OCTETS_MAX = 65_536;

/** One connection to a next hop, seen as commands and replies. Every wait has a deadline of its own, in seconds. */
export class Conversation {
  #socket: Socket;
  #received = "";
  #lost: string | undefined;
  #changed: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  static async open(hop: { host: string; port: number }, seconds: number, closing: AbortSignal): Promise<Conversation> {
    const socket = connect({ host: hop.host, port: hop.port, noDelay: true, signal: closing });
    const conversation = new Conversation(socket);
    await conversation.#until(() => !socket.connecting, seconds, "connecting");
    return conversation;
  }

  send(octets: string | Buffer): void {
    this.#socket.write(octets);
  }

  /** Sends and waits until the socket wants more: what is not sent yet is never held in memory for long. */
  async pour(octets: Buffer, seconds: number): Promise<void> {
    if (this.#socket.write(octets)) return;
    const wake = (): void => this.#changed?.();
    this.#socket.once("drain", wake);
    await this.#until(() => !this.#socket.writableNeedDrain, seconds, "sending the message");
  }

  async reply(seconds: number, waitingFor: string): Promise<HopReply> {
    const taken: { reply?: HopReply | undefined } = {};
    await this.#until(
      () => {
        taken.reply ??= this.#takeReply();
        return taken.reply !== undefined;
      },
      seconds,
      waitingFor,
    );
    assert(taken.reply !== undefined, "the wait ends with a reply or by throwing");
    return taken.reply;
  }

  /** A reply that came without having been waited for, as before a hop hangs up in the middle of a message. */
  unexpectedReply(): HopReply | undefined {
    return this.#takeReply();
  }

  async command(line: string, seconds: number): Promise<HopReply> {
    this.send(`${line}\r\n`);
    return this.reply(seconds, line.slice(0, 4));
  }

  /** TLS over what is open, with any certificate: opportunistic, against those who only listen (RFC 7435). */
  async startTls(host: string, seconds: number): Promise<void> {
    // Whatever came in the clear after the reply to STARTTLS is not the peer's word under TLS (RFC 3207 §4.2).
    this.#received = "";
    this.#socket.removeAllListeners();
    this.#socket.on("error", () => undefined);
    const secure = connectTls({
      socket: this.#socket,
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    this.#socket = secure;
    let ready = false;
    secure.once("secureConnect", () => {
      ready = true;
      this.#changed?.();
    });
    this.#listen();
    await this.#until(() => ready, seconds, "the TLS handshake");
  }

  close(): void {
    this.#socket.destroy();
  }

  /** QUIT, without waiting for the answer: the message has been answered for. */
  quit(): void {
    if (this.#lost !== undefined) return;
    this.#socket.end("QUIT\r\n");
    setTimeout(() => this.#socket.destroy(), 2000).unref();
  }

  #listen(): void {
    const socket = this.#socket;
    const lose = (why: string) => (): void => {
      this.#lost ??= why;
      this.#changed?.();
    };
    socket.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString("latin1");
      if (this.#received.length > REPLY_OCTETS_MAX) {
        socket.destroy();
        this.#lost ??= "a reply without end";
      }
      this.#changed?.();
    });
    socket.on("error", (error: Error & { code?: string }) => lose(error.code ?? "connection error")());
    socket.on("close", lose("connection closed"));
    socket.on("end", lose("connection closed"));
    socket.on("connect", () => this.#changed?.());
  }

  /** Waits for a condition. What has been received is looked at before a loss is: an early reply still counts. */
  async #until(met: () => boolean, seconds: number, waitingFor: string): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#changed?.();
    }, seconds * 1000);
    try {
      for (;;) {
        // A connection that fails is no longer connecting either, so the loss is looked at first there.
        if (this.#lost !== undefined && this.#received === "") throw new HopLost(`${this.#lost} while ${waitingFor}`);
        if (met()) return;
        if (this.#lost !== undefined) throw new HopLost(`${this.#lost} while ${waitingFor}`);
        if (late) throw new HopLost(`timeout while ${waitingFor}`);
        await new Promise<void>((resolve) => {
          this.#changed = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** RFC 5321 §4.2.1: lines `250-text`, the last one `250 text`. */
  #takeReply(): HopReply | undefined {
    const texts: string[] = [];
    for (let at = 0; ;) {
      const end = this.#received.indexOf("\n", at);
      if (end < 0) return undefined;
      const line = this.#received.slice(at, end).trimEnd();
      if (!/^[2-5]\d\d(?:[ -]|$)/.test(line)) {
        this.close();
        throw new HopLost("an answer that is no SMTP reply");
      }
      texts.push(line.slice(4));
      at = end + 1;
      if (line[3] === "-") continue;
      this.#received = this.#received.slice(at);
      return { code: Number(line.slice(0, 3)), text: texts.join("\n") };
    }
  }
}
