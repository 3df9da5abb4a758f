import { trimFws } from "../../mail/octets.ts";
import type { BodyText, BodyVariant } from "./body-text.ts";
import type { ChangeKind } from "./known-changes.ts";
import { blanksStart, find, lineAt, mapLines, nearLineEnd, type LineRule } from "./lines.ts";
import { boundaryOf, partsOf, valueOf, type MimeEntity } from "./mime.ts";
import { GrowingText, inPieces, pieceOctets, type Pace } from "./pace.ts";
import { decoded, encoded, rewrapped } from "./recoded-bodies.ts";

/**
 * One known change of a body, undone: what the body may have been before. Each costs time in the order of the body's length, in
 * short pieces.
 */
export type BodyUndoing = {
  kind: ChangeKind;
  /** Only the simple canonicalization sees it; absent: both do. */
  only?: "simple";
  undo: (body: BodyText, pace: Pace) => AsyncIterable<BodyVariant>;
};

/** In the order in which they are tried: what is cheap and often seen comes first. */
export const bodyUndoings: readonly BodyUndoing[] = [
  { kind: "trailing-blanks-added", only: "simple", undo: byLines(stripBlanks, stripBlanksButDashes) },
  { kind: "re-encoded", undo: decoded },
  { kind: "mime-part-added", undo: withoutPart },
  { kind: "wrapped-in-multipart", undo: unwrapped },
  { kind: "from-lines-quoted", undo: unquotedLines },
  { kind: "dot-stuffing-left-in", undo: byLines(unstuff) },
  { kind: "dot-stuffing-signed", undo: byLines(stuff) },
  {
    kind: "trailing-blanks-stripped",
    only: "simple",
    undo: byLines(signatureDashes, quoteBlanks, bothBlanks, blankLines),
  },
  { kind: "long-lines-broken", undo: joinedLines },
  { kind: "line-ends-changed", undo: otherLineEnds },
  { kind: "empty-lines-above", undo: otherTop },
  { kind: "base64-rewrapped", undo: rewrapped },
  { kind: "re-encoded", undo: encoded },
  { kind: "text-added-above", undo: withoutBanner },
];

/** Variants in which a rule was applied to every line. */
function byLines(...rules: readonly LineRule[]): BodyUndoing["undo"] {
  return async function* variants({ text }, pace) {
    for (const rule of rules) {
      const changed = await mapLines(text, rule, pace);
      if (changed !== undefined) yield { text: changed };
    }
  };
}

/** mbox files quote `From ` and not `>From `, so of several quoted lines any may have been so before: all, then each set of few. */
async function* unquotedLines(body: BodyText, pace: Pace): AsyncIterable<BodyVariant> {
  yield* byLines(unquoteFrom, quoteFrom)(body, pace);
  let quotedLines = 0;
  const count: LineRule = (...line) => {
    if (unquoteFrom(...line) !== undefined) quotedLines++;
    return undefined;
  };
  await mapLines(body.text, count, pace);
  if (quotedLines < 2 || quotedLines > chosenLinesMax) return;
  for (let chosen = 1; chosen < 2 ** quotedLines - 1; chosen++) {
    let at = 0;
    const choose: LineRule = (...line) => {
      const instead = unquoteFrom(...line);
      return instead !== undefined && (chosen >> at++) % 2 === 1 ? instead : undefined;
    };
    yield* byLines(choose)(body, pace);
  }
}
const chosenLinesMax = 4;

function stripBlanks(text: string, start: number, end: number): string | undefined {
  const at = blanksStart(text, start, end);
  return at === end ? undefined : text.slice(start, at);
}
function stripBlanksButDashes(text: string, start: number, end: number): string | undefined {
  const stripped = stripBlanks(text, start, end);
  if (stripped !== "--") return stripped;
  return end === start + 3 ? undefined : "-- ";
}
function unquoteFrom(text: string, start: number, end: number): string | undefined {
  let at = start;
  while (text.charCodeAt(at) === 0x3e && at < end && at < start + quotesMax) at++;
  return at > start && text.startsWith("From ", at) ? text.slice(start + 1, end) : undefined;
}
const quotesMax = 1000;
function quoteFrom(text: string, start: number, end: number): string | undefined {
  return text.startsWith("From ", start) ? `>${text.slice(start, end)}` : undefined;
}
function unstuff(text: string, start: number, end: number): string | undefined {
  return text.startsWith("..", start) && end >= start + 2 ? text.slice(start + 1, end) : undefined;
}
function stuff(text: string, start: number, end: number): string | undefined {
  return text.charCodeAt(start) === 0x2e && end > start ? `.${text.slice(start, end)}` : undefined;
}
/** The line of two dashes and a blank above a signature (RFC 3676 §4.3) is the blank that is lost most often. */
function signatureDashes(text: string, start: number, end: number): string | undefined {
  return end === start + 2 && text.startsWith("--", start) ? "-- " : undefined;
}
function quoteBlanks(text: string, start: number, end: number): string | undefined {
  return end > start && end - start < 10 && /^>[> ]*$/.test(text.slice(start, end))
    ? `${text.slice(start, end)} `
    : undefined;
}
function bothBlanks(text: string, start: number, end: number): string | undefined {
  return signatureDashes(text, start, end) ?? quoteBlanks(text, start, end);
}
function blankLines(_text: string, start: number, end: number): string | undefined {
  return start === end ? " " : undefined;
}

/** Mail servers break a line at 998 or 990 octets and go on with a blank; Sendmail puts a `!` before the break. */
async function* joinedLines({ text }: BodyText, pace: Pace): AsyncIterable<BodyVariant> {
  const longEnough = 950;
  for (const broken of ["!\r\n ", "\r\n ", "!\r\n", "\r\n"]) {
    const joined = new GrowingText();
    let copied = 0;
    let lineStart = 0;
    let looked = 0;
    for (;;) {
      const at = nearLineEnd(text, lineStart) ?? (await find(text, "\r\n", lineStart, text.length, pace));
      if (at < 0) break;
      const from = at - broken.indexOf("\r\n");
      if (at - lineStart >= longEnough && at + 2 < text.length && text.startsWith(broken, from)) {
        joined.push(text.slice(copied, from));
        copied = from + broken.length;
      }
      lineStart = at + 2;
      if (lineStart - looked >= pieceOctets) {
        await pace.worked(lineStart - looked);
        looked = lineStart;
      }
    }
    if (joined.isEmpty) continue;
    joined.push(text.slice(copied));
    yield { text: joined.text() };
  }
}

async function* otherLineEnds({ text }: BodyText, pace: Pace): AsyncIterable<BodyVariant> {
  const unmixed = await inPieces(text, pace, (piece) =>
    piece.replace(/\r\r\n/g, "\r\n").replace(/\r(?!\n)|(?<!\r)\n/g, "\r\n"),
  );
  if (unmixed !== text) yield { text: unmixed };
  if (!text.includes("\r\n")) return;
  for (const lineEnd of ["\n", "\r\r\n", "\r"])
    yield { text: await inPieces(text, pace, (piece) => piece.replaceAll("\r\n", lineEnd)) };
}

async function* otherTop({ text }: BodyText): AsyncIterable<BodyVariant> {
  let start = 0;
  for (let removed = 0; removed < 3 && text.startsWith("\r\n", start); removed++) {
    start += 2;
    yield { text: text.slice(start), evidence: { line: 1 } };
  }
  yield { text: `\r\n${text}`, evidence: { line: 1 } };
}

/** The body without its first line, its first two lines, and so on. */
async function* withoutBanner({ text }: BodyText): AsyncIterable<BodyVariant> {
  let start = 0;
  for (let lines = 0; lines < bannerLinesMax; lines++) {
    const lineEnd = text.indexOf("\r\n", start);
    if (lineEnd < 0) return;
    start = lineEnd + 2;
    yield { text: text.slice(start), evidence: { line: 1, found: trimFws(text.slice(0, Math.min(start, 1000))) } };
  }
}
const bannerLinesMax = 16;

/** Footers and banners added as a part: the multipart body without its last part, or without its first. */
async function* withoutPart({ text, fields }: BodyText, pace: Pace): AsyncIterable<BodyVariant> {
  const boundary = boundaryOf(valueOf(fields, "content-type"));
  if (boundary === undefined) return;
  const parts = await partsOf(text, { start: 0, bodyStart: 0, end: text.length, fields }, boundary, pace);
  const last = parts.at(-1);
  if (parts.length < 2 || last === undefined) return;
  const beforeLast = parts[parts.length - 2]!;
  const shown = async ({ start, bodyStart, end }: MimeEntity): Promise<{ line: number; found: string }> => ({
    line: await lineAt(text, start, pace),
    found: trimFws(text.slice(bodyStart, Math.min(end, bodyStart + 1000))),
  });
  yield { text: text.slice(0, beforeLast.end) + text.slice(last.end), evidence: await shown(last) };
  yield { text: text.slice(0, parts[0]!.start) + text.slice(parts[1]!.start), evidence: await shown(parts[0]!) };
}

/** The wrapped message is the first part of the new multipart, or the second below a banner. */
async function* unwrapped({ text, fields }: BodyText, pace: Pace): AsyncIterable<BodyVariant> {
  const boundary = boundaryOf(valueOf(fields, "content-type"));
  if (boundary === undefined) return;
  const parts = await partsOf(text, { start: 0, bodyStart: 0, end: text.length, fields }, boundary, pace);
  for (const { bodyStart, end } of parts.slice(0, 2)) {
    yield { text: text.slice(bodyStart, end), evidence: { line: 1 } };
  }
}
