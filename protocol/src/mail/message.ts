import { parsed, type Parsed } from "../parsed.ts";
import { headerOctetsMax, splitHeader, type HeaderField } from "./header.ts";
import { nextTurn } from "./next-turn.ts";

/** A message as octets: its header fields and its body, nothing decoded. */
export type Message = { header: HeaderField[]; body: Uint8Array };

/** A message in one piece, or in chunks cut anywhere. */
export type MessageSource = Uint8Array | AsyncIterable<Uint8Array>;

/** Splits a message at its first empty line (RFC 5322 §2.1). A message without one is all header; only CRLF ends a line. */
export function splitMessage(message: Uint8Array): Parsed<Message> {
  const cut = findHeaderEnd(message, 0);
  const header = splitHeader(cut === undefined ? message : message.subarray(0, cut.headerEnd));
  if (!header.ok) return header;
  return parsed({ header: header.value, body: message.subarray(cut?.bodyStart ?? message.length) });
}

/** Takes the two ends of a message: the header block once, then the body chunk by chunk. */
export type MessageSink = { header(block: Uint8Array): void; body(chunk: Uint8Array): void };

/** How much is looked at in one go while others wait: some milliseconds of hashing in several ways. */
const turnOctets = 1024 * 1024;
/** What a small chunk counts for: the way it comes costs more than its octets. */
const chunkOctetsMin = 512;

/**
 * Hands a message to a sink. A header that outgrows `headerOctetsMax` is handed over cut at one octet more than that, for the
 * sink to refuse, and the rest of the message is read and dropped. However long the message is, in one piece or in chunks that
 * are all there already, the rest of the program has its turn after each mebibyte.
 */
export async function feedMessage(message: MessageSource, sink: MessageSink): Promise<void> {
  if (message instanceof Uint8Array && message.length <= turnOctets) return feedMessageHere(message, sink);
  if (!isIterable(message)) throw new TypeError("a message is a Uint8Array, or an async iterable of them");
  const cutter = new MessageCutter(sink);
  let octetsLeft = turnOctets;
  for await (const chunk of message instanceof Uint8Array ? [message] : message) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("a message comes as Uint8Array, in one piece or in chunks");
    // Also for a chunk of nothing: the way it comes costs, too.
    for (let at = 0; at === 0 || at < chunk.length; at += turnOctets) {
      if (octetsLeft <= 0) {
        await nextTurn();
        octetsLeft = turnOctets;
      }
      const slice = chunk.subarray(at, at + turnOctets);
      cutter.push(slice);
      octetsLeft -= Math.max(slice.length, chunkOctetsMin);
    }
  }
  cutter.end();
}

/** What a caller without types can give instead of a message. */
const isIterable = (value: unknown): boolean =>
  typeof value === "object" && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);

/** As `feedMessage`, in one go. */
export function feedMessageHere(message: Uint8Array, sink: MessageSink): void {
  const cutter = new MessageCutter(sink);
  cutter.push(message);
  cutter.end();
}

class MessageCutter {
  readonly #sink: MessageSink;
  /** Header octets until the empty line is found; `#length` of them are in use. */
  #collected: Uint8Array = new Uint8Array(0);
  #length = 0;
  #state: "header" | "body" | "dropping" = "header";

  constructor(sink: MessageSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    if (this.#state === "dropping") return;
    if (this.#state === "body") {
      if (chunk.length > 0) this.#sink.body(chunk);
      return;
    }
    const first = this.#length === 0;
    const searchFrom = Math.max(0, this.#length - 3);
    if (!first) this.#append(chunk);
    const held = first ? chunk : this.#collected.subarray(0, this.#length);
    const cut = findHeaderEnd(held, searchFrom);
    if ((cut?.headerEnd ?? held.length) > headerOctetsMax) {
      this.#state = "dropping";
      this.#sink.header(held.subarray(0, headerOctetsMax + 1));
      return;
    }
    if (cut === undefined) {
      if (first) this.#append(chunk);
      return;
    }
    this.#state = "body";
    this.#sink.header(held.subarray(0, cut.headerEnd));
    if (cut.bodyStart < held.length) this.#sink.body(held.subarray(cut.bodyStart));
  }

  end(): void {
    if (this.#state === "header") this.#sink.header(this.#collected.subarray(0, this.#length));
  }

  /** Copies the chunk behind what is held, into room that doubles, so the work stays linear and the caller's buffer free. */
  #append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#collected.length) {
      const room = new Uint8Array(Math.max(needed, 2 * this.#length, 4096));
      room.set(this.#collected.subarray(0, this.#length));
      this.#collected = room;
    }
    this.#collected.set(chunk, this.#length);
    this.#length = needed;
  }
}

/** Where the header block ends (its last CRLF included) and where the body begins. */
function findHeaderEnd(octets: Uint8Array, from: number): { headerEnd: number; bodyStart: number } | undefined {
  if (octets[0] === 0x0d && octets[1] === 0x0a) return { headerEnd: 0, bodyStart: 2 };
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const at = buffer.indexOf("\r\n\r\n", from, "latin1");
  return at < 0 ? undefined : { headerEnd: at + 2, bodyStart: at + 4 };
}
