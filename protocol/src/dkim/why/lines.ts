import { GrowingText, pieceOctets, type Pace } from "./pace.ts";

/** Reads a line, CRLF left out; gives what shall stand instead of it, or undefined to leave it. */
export type LineRule = (text: string, start: number, end: number) => string | undefined;

/** Octet text with a rule applied to each line; undefined when no line changes. What does not change is not copied line by line. */
export async function mapLines(text: string, rule: LineRule, pace: Pace): Promise<string | undefined> {
  const changed = new GrowingText();
  let copied = 0;
  let looked = 0;
  for (let start = 0; start <= text.length;) {
    const found = nearLineEnd(text, start) ?? (await find(text, "\r\n", start, text.length, pace));
    const end = found < 0 ? text.length : found;
    const instead = rule(text, start, end);
    if (instead !== undefined) {
      changed.push(text.slice(copied, start), instead);
      copied = end;
    }
    start = found < 0 ? text.length + 1 : found + 2;
    if (start - looked >= pieceOctets) {
      await pace.worked(start - looked);
      looked = start;
    }
  }
  if (changed.isEmpty) return undefined;
  changed.push(text.slice(copied));
  return changed.text();
}

/** Where the next CRLF begins; undefined when the line is a long one: then `find` tells. */
export function nearLineEnd(text: string, from: number): number | undefined {
  const at = text.slice(from, from + pieceOctets).indexOf("\r\n");
  return at < 0 ? undefined : from + at;
}

/** Where `wanted` begins next, before `end`; -1 where it does not. */
export async function find(text: string, wanted: string, from: number, end: number, pace: Pace): Promise<number> {
  for (let start = from; start < end; start += pieceOctets) {
    // Whatever begins in the piece is found, also where it ends behind it.
    const at = text.slice(start, Math.min(start + pieceOctets, end) + wanted.length - 1).indexOf(wanted);
    if (at >= 0) return start + at;
    await pace.worked(pieceOctets);
  }
  return -1;
}

/** Where the blanks at the end of a line begin, a mebibyte of them at most. */
export function blanksStart(text: string, start: number, end: number): number {
  const first = Math.max(start, end - blanksMax);
  let at = end;
  while (at > first && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

const blanksMax = 1024 * 1024;
const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

/** The number of the line, from 1, in which an offset lies. */
export const lineAt = async (text: string, offset: number, pace: Pace): Promise<number> =>
  1 + (await lineEnds(text, pace, { offset })).lines;

/** The line ends up to an offset, or as many of them as there may be at most, and where the last of them ends. */
export async function lineEnds(
  text: string,
  pace: Pace,
  { offset = text.length, max = Number.POSITIVE_INFINITY }: { offset?: number; max?: number },
): Promise<{ lines: number; end: number }> {
  let lines = 0;
  let end = 0;
  let looked = 0;
  while (lines < max) {
    const at = nearLineEnd(text, end) ?? (await find(text, "\r\n", end, text.length, pace));
    if (at < 0 || at >= offset) break;
    lines++;
    end = at + 2;
    if (end - looked >= pieceOctets) {
      await pace.worked(end - looked);
      looked = end;
    }
  }
  return { lines, end };
}

/** The first offset at which two texts are not the same; the length of the shorter where it is the beginning of the other. */
export async function firstDifference(one: string, other: string, pace: Pace): Promise<number> {
  const end = Math.min(one.length, other.length);
  let at = 0;
  while (at + pieceOctets <= end && one.slice(at, at + pieceOctets) === other.slice(at, at + pieceOctets)) {
    at += pieceOctets;
    await pace.worked(pieceOctets);
  }
  while (at < end && one.charCodeAt(at) === other.charCodeAt(at)) at++;
  return at;
}

/** Where the last CRLF above an offset begins; -1 where there is none. */
export async function lineEndAbove(text: string, offset: number, pace: Pace): Promise<number> {
  for (let end = offset; end > 0; end -= pieceOctets) {
    const start = Math.max(0, end - pieceOctets);
    // The window has the LF of a CRLF that lies across its end.
    const at = text.slice(start, end + 1).lastIndexOf("\r\n");
    if (at >= 0) return start + at;
    await pace.worked(end - start);
  }
  return -1;
}
