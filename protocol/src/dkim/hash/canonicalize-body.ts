import type { CanonicalizationName } from "./canonicalize-header.ts";
import { relaxLines, relaxOctetsMax } from "./relax-lines.ts";

/** Takes canonical octets. They are only lent: whoever keeps them copies them. */
export type OctetSink = (octets: Uint8Array) => void;

/** For octets that may turn out not to belong to the body: `takeBack` undoes what the sink was given since `mark`. */
type Undo = { mark(): void; takeBack(): void };

/** Body canonicalization (RFC 6376 §3.4.3, §3.4.4) of a body that comes in chunks; where it is cut makes no difference. */
export interface BodyCanonicalizer {
  update(chunk: Uint8Array): void;
  finish(): void;
}

/** @param undo lets a long run of empty lines go to the sink as it comes, and not all at once when something follows it */
export const canonicalizeBody = (
  canonicalization: CanonicalizationName,
  sink: OctetSink,
  undo?: Undo,
): BodyCanonicalizer => (canonicalization === "simple" ? new SimpleBody(sink, undo) : new RelaxedBody(sink, undo));

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const HTAB = 0x09;
const loneCr = Uint8Array.of(CR);
const crlf = Uint8Array.of(CR, LF);
const manyLines = Buffer.from("\r\n".repeat(2048));

/** More line ends than these go to the sink though nothing has followed them yet, where they can be taken back. */
const heldMax = 65_536;

/** Holds back the line ends that nothing has followed yet: they are empty lines at the end, or the last line's own end. */
class LineEnds {
  readonly #sink: OctetSink;
  readonly #undo: Undo | undefined;
  #held = 0;
  #marked = false;
  /** Whether anything but line ends has come. */
  content = false;

  constructor(sink: OctetSink, undo: Undo | undefined) {
    this.#sink = sink;
    this.#undo = undo;
  }

  hold(): void {
    this.#held++;
  }

  /** `octets` end in no lone CR: whether a CRLF ends them can be seen. */
  write(octets: Uint8Array): void {
    let end = octets.length;
    while (end >= 2 && octets[end - 1] === LF && octets[end - 2] === CR) end -= 2;
    if (end > 0) {
      this.content = true;
      this.#marked = false;
      this.#release();
      this.#sink(end === octets.length ? octets : octets.subarray(0, end));
    }
    this.#held += (octets.length - end) / 2;
    if (this.#undo === undefined || this.#held <= heldMax) return;
    if (!this.#marked) this.#undo.mark();
    this.#marked = true;
    this.#release();
  }

  /** Nothing follows: what was held is not there. */
  finish(): void {
    if (this.#marked) this.#undo?.takeBack();
  }

  #release(): void {
    for (; this.#held > 0; this.#held -= Math.min(this.#held, 2048)) {
      this.#sink(this.#held === 1 ? crlf : manyLines.subarray(0, 2 * Math.min(this.#held, 2048)));
    }
  }
}

/** §3.4.3: the empty lines at the end become one CRLF, which is there also when the body is empty. */
class SimpleBody implements BodyCanonicalizer {
  readonly #sink: OctetSink;
  readonly #lines: LineEnds;
  #carriedCr = false;

  constructor(sink: OctetSink, undo: Undo | undefined) {
    this.#sink = sink;
    this.#lines = new LineEnds(sink, undo);
  }

  update(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    let start = 0;
    if (this.#carriedCr) {
      if (chunk[0] === LF) {
        this.#lines.hold();
        start = 1;
      } else this.#lines.write(loneCr);
    }
    this.#carriedCr = chunk[chunk.length - 1] === CR;
    this.#lines.write(chunk.subarray(start, this.#carriedCr ? chunk.length - 1 : chunk.length));
  }

  finish(): void {
    if (this.#carriedCr) this.#lines.write(loneCr);
    this.#lines.finish();
    this.#sink(crlf);
  }
}

/** §3.4.4: as simple, and white space at line ends goes, other runs become one SP; an empty body stays empty. */
class RelaxedBody implements BodyCanonicalizer {
  readonly #sink: OctetSink;
  readonly #lines: LineEnds;
  /** What the next octet decides about: a run of white space, then perhaps a CR. */
  #carriedSpace = false;
  #carriedCr = false;

  constructor(sink: OctetSink, undo: Undo | undefined) {
    this.#sink = sink;
    this.#lines = new LineEnds(sink, undo);
  }

  update(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += relaxOctetsMax) this.#update(chunk.subarray(at, at + relaxOctetsMax));
  }

  #update(chunk: Uint8Array): void {
    let end = chunk.length;
    const carried = this.#carried();
    this.#carriedCr = chunk[end - 1] === CR;
    if (this.#carriedCr) end--;
    const beforeSpace = end;
    while (end > 0 && (chunk[end - 1] === SP || chunk[end - 1] === HTAB)) end--;
    this.#carriedSpace = end < beforeSpace;
    if (end === 0) this.#carryOn(carried);
    else this.#lines.write(relaxLines(carried, chunk.subarray(0, end)));
  }

  finish(): void {
    // White space with nothing after it is white space at the end of the last line.
    if (this.#carriedCr) this.#lines.write(Buffer.from(this.#carried()));
    this.#lines.finish();
    if (this.#lines.content) this.#sink(crlf);
  }

  #carried(): string {
    return (this.#carriedSpace ? " " : "") + (this.#carriedCr ? "\r" : "");
  }

  /** The chunk was white space and CR alone: `carried` stands before what is carried now. */
  #carryOn(carried: string): void {
    if (carried.endsWith("\r")) this.#lines.write(Buffer.from(carried));
    else this.#carriedSpace ||= carried === " ";
  }
}
