import { CannotSign } from "./cannot-sign.ts";

const lineOctetsMax = 998;
const CR = 0x0d;
const LF = 0x0a;

/**
 * Refuses what would not arrive as it was signed: CR or LF alone, NUL, lines over 998 octets (RFC 6376 §5.3). Takes text in
 * chunks, cut anywhere.
 */
export class LineCheck {
  #lineOctets = 0;
  #afterCr = false;

  update(chunk: Uint8Array): void {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (octets.length === 0) return;
    if (octets.includes(0)) throw new CannotSign("nul", "the message holds a NUL");
    if (this.#afterCr && octets[0] !== LF) throw bareLineEnd();
    let lineStart = this.#afterCr ? 1 : 0;
    this.#afterCr = false;
    for (;;) {
      const cr = octets.indexOf(CR, lineStart);
      const lf = octets.indexOf(LF, lineStart);
      if (cr < 0 && lf >= 0) throw bareLineEnd();
      this.#count((cr < 0 ? octets.length : cr) - lineStart);
      if (cr < 0) return;
      this.#lineOctets = 0;
      this.#afterCr = cr === octets.length - 1;
      if (this.#afterCr && lf < 0) return;
      if (lf !== cr + 1) throw bareLineEnd();
      lineStart = cr + 2;
    }
  }

  finish(): void {
    if (this.#afterCr) throw bareLineEnd();
  }

  #count(octets: number): void {
    this.#lineOctets += octets;
    if (this.#lineOctets > lineOctetsMax)
      throw new CannotSign("line-too-long", "the message has a line over 998 octets");
  }
}

const bareLineEnd = (): CannotSign => new CannotSign("bare-line-end", "the message has a line end that is not CRLF");
