const lf = 0x0a;
const cr = 0x0d;
const from = Buffer.from("From ");

/** A message of an mbox, as it stands there but for its quoting; `tooLarge`: it outgrew the limit and was not kept. */
export type MboxMessage = { octets: Uint8Array; tooLarge: boolean };

/** Whether a file that begins like this is an mbox: no message begins with a line that has a space where the colon belongs. */
export const looksLikeMbox = (start: Uint8Array): boolean => Buffer.from(start.subarray(0, from.length)).equals(from);

/**
 * Cuts an mbox into messages (RFC 4155 Appendix A). A message begins after a line `From …` that stands first or after an empty
 * line; a line of `>` before `From ` loses one of them (mboxrd, which alone loses nothing). The empty line before the next
 * message is the format's.
 */
export async function* splitMbox(
  chunks: AsyncIterable<Uint8Array>,
  messageOctetsMax: number,
): AsyncGenerator<MboxMessage> {
  const cutter = new MboxCutter(messageOctetsMax);
  for await (const chunk of chunks) {
    cutter.push(chunk);
    yield* cutter.take();
  }
  cutter.end();
  yield* cutter.take();
}

class MboxCutter {
  readonly #messageOctetsMax: number;
  /** The line whose end has not come yet. */
  #rest: Uint8Array[] = [];
  #restOctets = 0;
  /** The message that is open; undefined before the first. */
  #message: OctetsBuilder | undefined;
  #tooLarge = false;
  #afterEmptyLine = true;
  #emptyLineOctets = 0;
  #done: MboxMessage[] = [];

  constructor(messageOctetsMax: number) {
    this.#messageOctetsMax = messageOctetsMax;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let at = chunk.indexOf(lf); at >= 0; at = chunk.indexOf(lf, start)) {
      const line = chunk.subarray(start, at + 1);
      if (this.#rest.length === 0) this.#line(line);
      else {
        this.#keepRest(line);
        this.#takeRest();
      }
      start = at + 1;
    }
    if (start < chunk.length) this.#keepRest(chunk.subarray(start));
  }

  end(): void {
    this.#takeRest();
    this.#finishMessage();
  }

  take(): MboxMessage[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** Of a line that outgrows the limit no more is held: it makes its message too large, and where it ends matters alone. */
  #keepRest(piece: Uint8Array): void {
    if (this.#restOctets <= this.#messageOctetsMax) this.#rest.push(Buffer.from(piece));
    this.#restOctets += piece.length;
  }

  #takeRest(): void {
    const line = Buffer.concat(this.#rest);
    this.#rest = [];
    this.#restOctets = 0;
    if (line.length > 0) this.#line(line);
  }

  #line(line: Uint8Array): void {
    if (this.#afterEmptyLine && looksLikeMbox(line)) {
      this.#finishMessage();
      this.#message = new OctetsBuilder();
      this.#afterEmptyLine = false;
      return;
    }
    this.#afterEmptyLine = isEmpty(line);
    this.#emptyLineOctets = this.#afterEmptyLine ? line.length : 0;
    if (this.#message === undefined || this.#tooLarge) return;
    if (this.#message.length + line.length > this.#messageOctetsMax) {
      this.#tooLarge = true;
      this.#message = new OctetsBuilder();
      return;
    }
    this.#message.append(isQuotedFrom(line) ? line.subarray(1) : line);
  }

  #finishMessage(): void {
    const message = this.#message;
    if (message === undefined) return;
    const length = Math.max(0, message.length - this.#emptyLineOctets);
    this.#done.push({ octets: message.octets(length), tooLarge: this.#tooLarge });
    this.#message = undefined;
    this.#tooLarge = false;
    this.#emptyLineOctets = 0;
  }
}

/** Octets in room that doubles: a list of lines would cost a hundred times its octets where lines are short. */
class OctetsBuilder {
  #room: Uint8Array = new Uint8Array(4096);
  length = 0;

  append(octets: Uint8Array): void {
    const needed = this.length + octets.length;
    if (needed > this.#room.length) {
      const room = new Uint8Array(Math.max(needed, 2 * this.#room.length));
      room.set(this.#room.subarray(0, this.length));
      this.#room = room;
    }
    this.#room.set(octets, this.length);
    this.length = needed;
  }

  octets = (length: number): Uint8Array => this.#room.slice(0, length);
}

const isEmpty = (line: Uint8Array): boolean => line[0] === lf || (line[0] === cr && line[1] === lf);

function isQuotedFrom(line: Uint8Array): boolean {
  let at = 0;
  while (line[at] === 0x3e) at++;
  return at > 0 && looksLikeMbox(line.subarray(at));
}
