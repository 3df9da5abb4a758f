import { nextTurn } from "../../mail/next-turn.ts";
import { octetsOf, octetText } from "../../mail/octets.ts";

/** Some milliseconds of the slowest work that is counted here: short lines, each of them changed. */
const turnOctets = 128 * 1024;

/**
 * Lets others have their turn after so many octets of work, however that is cut. One for each explanation or comparison: what
 * reads or writes much text is given it, and says how much it has read.
 */
export class Pace {
  #left = turnOctets;

  /** To be awaited with each small piece of work, as octets: of text read, or what else costs as much. */
  worked(octets: number): Promise<void> | undefined {
    this.#left -= octets;
    if (this.#left > 0) return undefined;
    this.#left = turnOctets;
    return nextTurn();
  }
}

/** What an octet costs in parsing, beside one that is only looked at. */
export const parsingFactor = 8;

/** For loops over long text: at which offset to look whether it is others' turn. */
export const pieceOctets = 32 * 1024;

/**
 * Cuts octet text for rules that look no further than at line ends: no piece ends inside CR CR LF or CRLF, nor between a CR
 * and an LF.
 */
export async function* piecesOf(text: string, pace: Pace): AsyncIterable<string> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + pieceOctets, text.length);
    while (end < text.length && text.charCodeAt(end - 1) === CR && !text.startsWith("\r\r", end)) end++;
    await pace.worked(end - start);
    yield text.slice(start, end);
    start = end;
  }
}
const CR = 0x0d;

/** The text with a rule applied to each of its pieces: see `piecesOf`. */
export async function inPieces(text: string, pace: Pace, rule: (piece: string) => string): Promise<string> {
  const changed = new GrowingText();
  for await (const piece of piecesOf(text, pace)) changed.push(rule(piece));
  return changed.text();
}

/** Text put together from many pieces. They are joined as they come: to join a million at the end takes long. */
export class GrowingText {
  readonly #joined: string[] = [];
  #open: string[] = [];
  #openOctets = 0;

  push(...pieces: readonly string[]): void {
    for (const piece of pieces) {
      if (piece.length >= 4 * pieceOctets) {
        this.#join();
        this.#joined.push(piece);
        continue;
      }
      this.#open.push(piece);
      this.#openOctets += piece.length;
    }
    if (this.#open.length >= openMax || this.#openOctets >= pieceOctets) this.#join();
  }

  get isEmpty(): boolean {
    return this.#open.length === 0 && this.#joined.length === 0;
  }

  text(): string {
    this.#join();
    return this.#joined.length === 1 ? this.#joined[0]! : this.#joined.join("");
  }

  /** By way of octets: what `replace` gives may still have to be put together itself, which then takes its time here. */
  #join(): void {
    if (this.#open.length === 0) return;
    this.#joined.push(octetText(octetsOf(this.#open.join(""))));
    this.#open = [];
    this.#openOctets = 0;
  }
}
const openMax = 2048;
