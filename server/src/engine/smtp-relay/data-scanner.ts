import { isAscii } from "node:buffer";

/** Why a message that came through DATA cannot be taken as it is. Each is a reply of the listener, never a repair. */
export type DataFault = "bare-cr" | "bare-lf" | "nul" | "line-too-long";

/** RFC 5321 §4.5.3.1.6: 1000 octets with the CRLF. */
export const LINE_OCTETS_MAX = 998;

const DOT = 0x2e;
const CR = 0x0d;
const LF = 0x0a;

export type ScannedChunk = {
  /** Octets of the message, dots unstuffed. */
  content: Buffer;
  /** What followed <CRLF>.<CRLF>, or undefined while the message goes on. */
  rest: Buffer | undefined;
};

/**
 * The receiving side of DATA (RFC 5321 §4.1.1.4, §4.5.2): removes the dot before a line that has one, and ends at
 * <CRLF>.<CRLF> and nothing else. A line starts only after <CRLF>, so a bare LF or CR around the dot is content; what is
 * content and no clean line is reported in `fault`, and the scan goes on to the true end so that nothing after it is
 * taken for commands. Time is linear in the octets, state is a few numbers.
 */
export class DataScanner {
  fault: DataFault | undefined;
  /** An octet above 127 was seen: the message needs 8BITMIME on its way. */
  eightBit = false;
  #place: "line-start" | "dot" | "dot-cr" | "text" | "cr" = "line-start";
  #lineOctets = 0;

  feed(chunk: Buffer): ScannedChunk {
    const pieces: Buffer[] = [];
    let pieceStart = 0;
    let at = 0;
    let nextCr = -1;
    let nextLf = -1;
    let end = -1;
    const keep = (to: number): void => {
      if (to > pieceStart) pieces.push(chunk.subarray(pieceStart, to));
    };
    while (at < chunk.length && end < 0) {
      switch (this.#place) {
        case "line-start":
          if (chunk[at] === DOT) {
            keep(at);
            at += 1;
            pieceStart = at;
            this.#place = "dot";
          } else {
            this.#place = "text";
          }
          break;
        case "dot":
          if (chunk[at] === CR) {
            at += 1;
            this.#place = "dot-cr";
          } else {
            this.#place = "text";
          }
          break;
        case "dot-cr":
          if (chunk[at] === LF) {
            end = at + 1;
          } else {
            this.#found("bare-cr");
            this.#place = chunk[at] === CR ? "cr" : "text";
            at += chunk[at] === CR ? 1 : 0;
          }
          break;
        case "text": {
          if (nextCr < at) nextCr = indexOrEnd(chunk, CR, at);
          if (nextLf < at) nextLf = indexOrEnd(chunk, LF, at);
          const stop = Math.min(nextCr, nextLf);
          this.#lineOctets += stop - at;
          if (this.#lineOctets > LINE_OCTETS_MAX) this.#found("line-too-long");
          if (stop < chunk.length && stop === nextLf) this.#found("bare-lf");
          if (stop < chunk.length && stop === nextCr) this.#place = "cr";
          at = Math.min(stop + 1, chunk.length);
          break;
        }
        case "cr":
          if (chunk[at] === LF) {
            at += 1;
            this.#lineOctets = 0;
            this.#place = "line-start";
          } else {
            this.#found("bare-cr");
            this.#place = "text";
          }
          break;
      }
    }
    // The CR of the last line `.CRLF` was kept out of the pieces: they stop where the dot was cut.
    if (end < 0 && this.#place !== "dot-cr") keep(chunk.length);
    const scanned = end < 0 ? chunk : chunk.subarray(0, end);
    if (scanned.includes(0)) this.#found("nul");
    if (!this.eightBit && !isAscii(scanned)) this.eightBit = true;
    return {
      content: pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces),
      rest: end < 0 ? undefined : chunk.subarray(end),
    };
  }

  /** The first fault decides the reply. */
  #found(fault: DataFault): void {
    this.fault ??= fault;
  }
}

function indexOrEnd(chunk: Buffer, octet: number, from: number): number {
  const index = chunk.indexOf(octet, from);
  return index < 0 ? chunk.length : index;
}
