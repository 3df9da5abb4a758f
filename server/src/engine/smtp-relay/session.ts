import type { Socket } from "node:net";
import { SMTPConnection, type SMTPConnectionOptions } from "smtp-server/lib/smtp-connection.js";
import { SMTPStream } from "smtp-server/lib/smtp-stream.js";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions } from "smtp-server";
import { DataScanner } from "./data-scanner.ts";

/**
 * smtp-server with its reading of DATA replaced. The library removes a dot after a bare LF, keeps a leading dot that is
 * not doubled, and tells nobody about bare CR, bare LF and NUL; what we store and sign has to be exactly what was sent,
 * or refused. Few of its internals are touched, those that are overridden below; its version is pinned, and
 * listener.test.ts holds every sequence that mattered in SMTP smuggling (VU#302671) against the whole.
 */
class RelayStream extends SMTPStream {
  #scanner = new DataScanner();
  #readingCommands = false;
  #chunkOctets = 0;
  #rest: Buffer | undefined;
  #early = false;

  override startDataMode(octetsMax?: number | string | null): SMTPServerDataStream {
    const stream = super.startDataMode(octetsMax);
    this.#scanner = new DataScanner();
    scanners.set(stream, this.#scanner);
    this.#early = this.writableLength > this.#chunkOctets;
    return stream;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding | "buffer", next: (error?: Error | null) => void): void {
    // What followed the last message comes back through here as a part of its chunk, not as a chunk.
    if (chunk !== this.#rest && !this.#readingCommands) this.#chunkOctets = chunk.length;
    if (this._dataMode) {
      // Octets behind DATA in the chunk that brought it were sent before our 354: DATA ends a pipelined group (RFC 2920
      // §3.1), and a peer that does not wait is the mark of smuggling.
      if (this.#early || (this.#readingCommands && chunk.length > 0)) {
        return next(new Error("message sent before the reply to DATA"));
      }
      if (chunk.length === 0) return next();
      return this._feedDataStream(chunk, next);
    }
    this.#readingCommands = true;
    super._write(chunk, encoding, (error) => {
      this.#readingCommands = false;
      next(error);
    });
  }

  override _feedDataStream(chunk: Buffer, next: (error?: Error | null) => void): void {
    const stream = this._dataStream;
    if (stream === null) return next();
    const { content, rest } = this.#scanner.feed(chunk);
    this._countDataBytes(content.length);
    this.#rest = rest;
    if (rest !== undefined) return this._endDataMode(content, rest, next);
    if (content.length === 0 || !stream.writable || stream.write(content)) return next();
    // Back-pressure: the socket is not read on until the disk has taken what came.
    const resume = (): void => {
      stream.removeListener("drain", resume);
      stream.removeListener("close", resume);
      next();
    };
    stream.once("drain", resume);
    stream.once("close", resume);
  }
}

class RelayConnection extends SMTPConnection {
  sessionTimer: NodeJS.Timeout | undefined;

  override _onClose(): void {
    clearTimeout(this.sessionTimer);
    super._onClose();
  }

  /** The library waits 100 ms before its greeting for those who talk too soon; here they come to nothing without AUTH. */
  override init(): void {
    this._setListeners(() => {
      const { maxClients } = this._server.options;
      if (maxClients !== undefined && this._server.connections.size > maxClients) {
        this.send(421, "4.3.2 too many connections", false);
      } else {
        this.connectionReady();
      }
    });
  }

  override _createParser(): SMTPStream {
    const parser = new RelayStream({ maxCommandLength: COMMAND_OCTETS_MAX });
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on("error", (error) => this.send(421, `4.5.2 ${error.message}`));
    return parser;
  }

  /** The library rewrites A-labels to Unicode; the envelope must go on as it came. */
  override _parseAddressCommand(
    name: string,
    command: Buffer | string,
  ): ReturnType<SMTPConnection["_parseAddressCommand"]> {
    const accepted = super._parseAddressCommand(name, command);
    const text = command.toString();
    // U+FFFD: octets that are no UTF-8 were replaced, the address would not be the one that was sent.
    if (accepted === false || text.includes("\u{fffd}")) return false;
    const raw = text.slice(text.indexOf("<") + 1, text.indexOf(">"));
    // A route before a recipient is dropped (RFC 5321 Appendix C). Before a sender it has no use but to show another domain.
    const routed = raw.startsWith("@");
    if (routed && name === "mail from") return false;
    const address = routed ? raw.slice(raw.indexOf(":") + 1) : raw;
    return address.includes("@") && !isLocalPart(address.slice(0, address.lastIndexOf("@")))
      ? false
      : { ...accepted, address };
  }

  /** A text that brings its own enhanced status code (RFC 2034) keeps it. */
  override send(code: number, text?: string | string[] | null, context?: string | false): void {
    const own = typeof text === "string" && /^[245]\.\d{1,3}\.\d{1,3} /.test(text);
    super.send(code, text, own ? false : context);
  }
}

/** Atoms and dots, or a string in quotes (RFC 5321 §4.1.2, RFC 6531 §3.3). The library lets parentheses and more through. */
const isLocalPart = (text: string): boolean =>
  /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u0080-\uffff-]+|"(?:[^"\\]|\\.)*")$/.test(text);

/** RFC 5321 §4.5.3.1.4 asks for 512 with room for extensions; AUTH lines and SMTPUTF8 addresses are longer. */
const COMMAND_OCTETS_MAX = 4096;

const scanners = new WeakMap<object, DataScanner>();

/** What the scan of this message found. Complete once the stream has ended. */
export function scanOf(stream: SMTPServerDataStream): DataScanner {
  return scanners.get(stream) ?? new DataScanner();
}

/** An `SMTPServer` whose connections read DATA with `DataScanner` and end after `sessionSecondsMax`. */
export class RelayServer extends SMTPServer {
  sessionSecondsMax = 7200;

  constructor(options: SMTPServerOptions) {
    super({ ...options, disabledCommands: [...(options.disabledCommands ?? []), "WIZ", "SHELL", "KILL", "LHLO"] });
  }

  override connect(socket: Socket, options: SMTPConnectionOptions & { id: string }): void {
    const connection = new RelayConnection(this, socket, options);
    this.connections.add(connection);
    connection.on("error", (error: Error) => this.emit("error", error));
    connection.on("connect", (peer) => this.emit("connect", peer));
    connection.init();
    connection.sessionTimer = setTimeout(
      () => connection.send(421, "4.4.2 session over its time"),
      this.sessionSecondsMax * 1000,
    ).unref();
  }

  /** At shutdown: those who are not in the middle of a message need not be waited for. */
  closeIdle(): void {
    for (const connection of this.connections) {
      if (!connection._dataStream) connection.send(421, "4.3.2 shutting down");
    }
  }
}
