export type HeaderLimits = { octetsMax: number };

/**
 * Keeps the header of a message that passes by in chunks: everything up to and including the empty line. Bounded: past
 * `octetsMax` it keeps nothing more and `tooLong` is set.
 */
export class HeaderCollector {
  tooLong = false;
  #limits: HeaderLimits;
  #kept: Buffer[] = [];
  #octets = 0;
  #tail = Buffer.alloc(0);
  #complete = false;

  constructor(limits: HeaderLimits) {
    this.#limits = limits;
  }

  feed(chunk: Buffer): void {
    if (this.#complete || this.tooLong) return;
    // The empty line may begin in an earlier chunk, at most three octets back.
    const seam = Buffer.concat([this.#tail, chunk]);
    const atStart = this.#octets === this.#tail.length && seam.length >= 2 && seam[0] === 0x0d && seam[1] === 0x0a;
    const blank = atStart ? 0 : seam.indexOf("\r\n\r\n");
    const take = blank < 0 ? chunk.length : blank + (atStart ? 2 : 4) - this.#tail.length;
    this.#octets += take;
    if (this.#octets > this.#limits.octetsMax) {
      this.tooLong = true;
      this.#kept = [];
      return;
    }
    this.#kept.push(Buffer.from(chunk.subarray(0, take)));
    this.#complete = blank >= 0;
    this.#tail = Buffer.from(seam.subarray(-3));
  }

  /** The header as octets; the whole message where no empty line came. */
  header(): Buffer {
    return Buffer.concat(this.#kept);
  }
}

/** How many fields a header has, and how many of them are Received (RFC 5321 §6.3: the count that shows a loop). */
export function countFields(header: Uint8Array): { fields: number; received: number } {
  const text = Buffer.from(header.buffer, header.byteOffset, header.byteLength).toString("latin1");
  let fields = 0;
  let received = 0;
  for (let at = 0; at < text.length;) {
    const first = text.charCodeAt(at);
    if (first === 0x0d) break;
    if (first !== 0x20 && first !== 0x09) {
      fields += 1;
      // A slice, not a search for the colon: a header of lines without one would be read over and over.
      if (/^received[ \t]{0,64}:/i.test(text.slice(at, at + 80))) received += 1;
    }
    const lineEnd = text.indexOf("\n", at);
    at = lineEnd < 0 ? text.length : lineEnd + 1;
  }
  return { fields, received };
}
