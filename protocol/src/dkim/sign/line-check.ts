import { CannotSign } from "./cannot-sign.ts";
import { instantiate, op, type WasmFunction } from "../platform/wasm.ts";

const lineOctetsMax = 998;
const [NUL, LF, CR] = [0x00, 0x0a, 0x0d];

/**
 * Refuses what would not arrive as it was signed: CR or LF alone, NUL, lines over 998 octets (RFC 6376 §5.3). Takes text in
 * chunks, cut anywhere.
 */
export class LineCheck {
  /** Octets of the line that is not at its end yet. */
  #lineOctets = 0;
  #afterCr = false;

  update(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += chunkOctetsMax) this.#update(chunk.subarray(at, at + chunkOctetsMax));
  }

  finish(): void {
    if (this.#afterCr) throw new CannotSign("bare-line-end", "the message ends in CR alone");
  }

  #update(chunk: Uint8Array): void {
    // One octet stands before the text: the CR that an LF at its beginning belongs to, or anything else.
    memory[input] = this.#afterCr ? CR : filler;
    const lineBegan = input + (this.#afterCr ? 0 : 1) - this.#lineOctets;
    memory.set(chunk, input + 1);
    this.#afterCr = chunk[chunk.length - 1] === CR;
    const end = input + 1 + chunk.length - (this.#afterCr ? 1 : 0);
    memory.fill(filler, end, end + 17);
    const lineStart = call["findLineStart"]!(input, end, lineBegan);
    if (lineStart === fault.nul) throw new CannotSign("nul", "the message holds a NUL");
    if (lineStart === fault.bareLineEnd)
      throw new CannotSign("bare-line-end", "the message has a line end that is not CRLF");
    this.#lineOctets = end - lineStart;
    if (lineStart === fault.longLine || this.#lineOctets > lineOctetsMax) {
      throw new CannotSign("line-too-long", "the message has a line over 998 octets");
    }
  }
}

const filler = 0x78;
const chunkOctetsMax = 65_536;
/** So far from 0 that the beginning of a line that began in an earlier chunk is an address above the faults. */
const input = 1024;
const fault = { nul: 1, bareLineEnd: 2, longLine: 3 } as const;

const [from, end, lineStart] = [0, 1, 2];
const [here, lf, unpaired, nul, ends] = [3, 4, 5, 6, 7];

/**
 * Looks at text from `from` to `end`, sixteen octets at a time, and gives the address where its last line begins, or a fault.
 * A CR here without an LF in the next place is unpaired, and so is an LF there without a CR here.
 */
export const findLineStart: WasmFunction = {
  name: "findLineStart",
  parameters: 3,
  locals: ["v128", "v128", "v128", "v128", "i32"],
  code: [
    op.block,
    op.loop,
    [op.get(from), op.get(end), op.geU, op.brIf(1)],
    [op.get(from), op.load(0), op.set(here)],
    [op.get(from), op.load(1), op.splat(LF), op.eq, op.set(lf)],
    [op.get(unpaired), op.get(here), op.splat(CR), op.eq, op.get(lf), op.vXor, op.vOr, op.set(unpaired)],
    [op.get(nul), op.get(here), op.splat(NUL), op.eq, op.vOr, op.set(nul)],
    [op.get(lf), op.bitmask, op.set(ends)],
    [op.get(ends), op.if],
    // The first line that ends here is the one that can be long: from its beginning to its CR, which is in place `from` + ctz.
    [op.get(from), op.get(ends), op.ctz, op.add, op.get(lineStart), op.sub, op.i32(lineOctetsMax), op.gtS, op.if],
    [op.i32(fault.longLine), op.return],
    op.end,
    // The line behind the last LF: that is in place `from` + 1 + 31 − clz.
    [op.get(from), op.i32(33), op.add, op.get(ends), op.clz, op.sub, op.set(lineStart)],
    op.end,
    [op.get(from), op.i32(16), op.add, op.set(from)],
    op.br(0),
    op.end,
    op.end,
    [op.get(nul), op.anyTrue, op.if, op.i32(fault.nul), op.return, op.end],
    [op.get(unpaired), op.anyTrue, op.if, op.i32(fault.bareLineEnd), op.return, op.end],
    op.get(lineStart),
  ],
  plain: findLineStartPlainly,
};

function findLineStartPlainly(octets: Uint8Array, start = 0, stop = 0, firstLineStart = 0): number {
  let lineBegins = firstLineStart;
  let [hasNul, hasUnpaired] = [false, false];
  for (let at = start; at < stop; at++) {
    const endsLine = octets[at + 1] === LF;
    hasNul ||= octets[at] === NUL;
    hasUnpaired ||= (octets[at] === CR) !== endsLine;
    if (!endsLine) continue;
    if (at - lineBegins > lineOctetsMax) return fault.longLine;
    lineBegins = at + 2;
  }
  if (hasNul) return fault.nul;
  return hasUnpaired ? fault.bareLineEnd : lineBegins;
}

const { memory, call } = instantiate(2, [findLineStart]);
