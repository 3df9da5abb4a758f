import type { HeaderField } from "../../mail/header.ts";
import { isAscii, trimFws } from "../../mail/octets.ts";
import type { ChangeKind } from "./known-changes.ts";
import { blanksStart, lineAt, mapLines, type LineRule } from "./lines.ts";
import { boundaryOf, leavesOf, partsOf, valueOf, withEncoding, type MimeEntity } from "./mime.ts";
import {
  decodeBase64Lines,
  decodeQuotedPrintable,
  encodeBase64Lines,
  encodeQuotedPrintable,
} from "./transfer-encoding.ts";

/** A body as octet text, and the message's fields, which say how it is to be read. */
export type BodyText = { text: string; fields: readonly HeaderField[] };

/** A body as it may have been when it was signed. */
export type BodyVariant = {
  text: string;
  /** What to show; absent: the first line that differs. */
  evidence?: { line?: number; found?: string };
};

/** One known change of a body, undone: what the body may have been before. Each costs time in the order of the body's length. */
export type BodyUndoing = {
  kind: ChangeKind;
  /** Only the simple canonicalization sees it; absent: both do. */
  only?: "simple";
  undo: (body: BodyText) => Iterable<BodyVariant>;
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
function byLines(...rules: readonly LineRule[]): (body: BodyText) => Iterable<BodyVariant> {
  return function* variants({ text }) {
    for (const rule of rules) {
      const changed = mapLines(text, rule);
      if (changed !== undefined) yield { text: changed };
    }
  };
}

/** mbox files quote `From ` and not `>From `, so of several quoted lines any may have been so before: all, then each set of few. */
function* unquotedLines(body: BodyText): Iterable<BodyVariant> {
  yield* byLines(unquoteFrom, quoteFrom)(body);
  let quotedLines = 0;
  mapLines(body.text, (...line) => {
    if (unquoteFrom(...line) !== undefined) quotedLines++;
    return undefined;
  });
  if (quotedLines < 2 || quotedLines > chosenLinesMax) return;
  for (let chosen = 1; chosen < 2 ** quotedLines - 1; chosen++) {
    let at = 0;
    const choose: LineRule = (...line) => {
      const instead = unquoteFrom(...line);
      return instead !== undefined && (chosen >> at++) % 2 === 1 ? instead : undefined;
    };
    yield* byLines(choose)(body);
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
  while (text.charCodeAt(at) === 0x3e && at < end) at++;
  return at > start && text.startsWith("From ", at) ? text.slice(start + 1, end) : undefined;
}
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
function* joinedLines({ text }: BodyText): Iterable<BodyVariant> {
  const longEnough = 950;
  for (const broken of ["!\r\n ", "\r\n ", "!\r\n", "\r\n"]) {
    const pieces: string[] = [];
    let copied = 0;
    let lineStart = 0;
    for (let at = text.indexOf("\r\n"); at >= 0; at = text.indexOf("\r\n", at + 2)) {
      const from = at - broken.indexOf("\r\n");
      if (at - lineStart >= longEnough && at + 2 < text.length && text.startsWith(broken, from)) {
        pieces.push(text.slice(copied, from));
        copied = from + broken.length;
      }
      lineStart = at + 2;
    }
    if (pieces.length > 0) yield { text: pieces.join("") + text.slice(copied) };
  }
}

function* otherLineEnds({ text }: BodyText): Iterable<BodyVariant> {
  const unmixed = text.replace(/\r\r\n/g, "\r\n").replace(/\r(?!\n)|(?<!\r)\n/g, "\r\n");
  if (unmixed !== text) yield { text: unmixed };
  const lines = text.replaceAll("\r\n", "\n");
  if (lines !== text) {
    yield { text: lines };
    yield { text: text.replaceAll("\r\n", "\r\r\n") };
    yield { text: text.replaceAll("\r\n", "\r") };
  }
}

function* otherTop({ text }: BodyText): Iterable<BodyVariant> {
  let start = 0;
  for (let removed = 0; removed < 3 && text.startsWith("\r\n", start); removed++) {
    start += 2;
    yield { text: text.slice(start), evidence: { line: 1 } };
  }
  yield { text: `\r\n${text}`, evidence: { line: 1 } };
}

/** The body without its first line, its first two lines, and so on. */
function* withoutBanner({ text }: BodyText): Iterable<BodyVariant> {
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
function* withoutPart({ text, fields }: BodyText): Iterable<BodyVariant> {
  const boundary = boundaryOf(valueOf(fields, "content-type"));
  if (boundary === undefined) return;
  const parts = partsOf(text, { start: 0, bodyStart: 0, end: text.length, fields }, boundary);
  const last = parts.at(-1);
  if (parts.length < 2 || last === undefined) return;
  const beforeLast = parts[parts.length - 2]!;
  const shown = ({ start, bodyStart, end }: MimeEntity): { line: number; found: string } => ({
    line: lineAt(text, start),
    found: trimFws(text.slice(bodyStart, Math.min(end, bodyStart + 1000))),
  });
  yield { text: text.slice(0, beforeLast.end) + text.slice(last.end), evidence: shown(last) };
  yield { text: text.slice(0, parts[0]!.start) + text.slice(parts[1]!.start), evidence: shown(parts[0]!) };
}

/** The wrapped message is the first part of the new multipart, or the second below a banner. */
function* unwrapped({ text, fields }: BodyText): Iterable<BodyVariant> {
  const boundary = boundaryOf(valueOf(fields, "content-type"));
  if (boundary === undefined) return;
  const parts = partsOf(text, { start: 0, bodyStart: 0, end: text.length, fields }, boundary);
  for (const { bodyStart, end } of parts.slice(0, 2)) {
    yield { text: text.slice(bodyStart, end), evidence: { line: 1 } };
  }
}

type Recode = (
  entity: MimeEntity,
  content: string,
  encoding: string,
) => { encoding: string; content: string } | undefined;

/** The body with the content of its leaves written in another transfer encoding, their fields saying so. */
function recodeLeaves({ text, fields }: BodyText, recode: Recode): string | undefined {
  const pieces: string[] = [];
  let copied = 0;
  for (const leaf of leavesOf(text, fields)) {
    const encoding = valueOf(leaf.fields, "content-transfer-encoding").toLowerCase();
    const recoded = recode(leaf, text.slice(leaf.bodyStart, leaf.end), encoding);
    if (recoded === undefined) continue;
    const isWhole = leaf.start === 0 && leaf.fields === fields;
    const head = isWhole
      ? ""
      : leaf.fields.length === 0
        ? text.slice(leaf.start, leaf.bodyStart)
        : `${withEncoding(leaf, recoded.encoding)}\r\n`;
    pieces.push(text.slice(copied, leaf.start), head, recoded.content);
    copied = leaf.end;
  }
  return pieces.length === 0 ? undefined : pieces.join("") + text.slice(copied);
}

/** Was 8bit or 7bit, is encoded: sendmail, Postfix, Exchange and lists do so. The signed field said 8bit, or 7bit for ASCII. */
function* decoded(body: BodyText): Iterable<BodyVariant> {
  const plain =
    (encodings: readonly string[], chosen: "all" | "non-ascii", ascii: "7bit" | "8bit"): Recode =>
    (entity, content, encoding) => {
      if (!encodings.includes(encoding)) return undefined;
      const text =
        encoding === "base64"
          ? isText(entity) && decodeBase64Lines(content)?.replace(/(?<!\r)\n/g, "\r\n")
          : decodeQuotedPrintable(content);
      if (!text || (chosen === "non-ascii" && isAscii(text))) return undefined;
      return { encoding: isAscii(text) ? ascii : "8bit", content: text };
    };
  yield* distinct([
    recodeLeaves(body, plain(["quoted-printable"], "all", "7bit")),
    recodeLeaves(body, plain(["quoted-printable"], "non-ascii", "8bit")),
    recodeLeaves(body, plain(["quoted-printable"], "all", "8bit")),
    recodeLeaves(body, plain(["base64"], "all", "7bit")),
    recodeLeaves(body, plain(["base64"], "all", "8bit")),
    recodeLeaves(body, plain(["base64", "quoted-printable"], "all", "7bit")),
  ]);
}

const isText = (entity: MimeEntity): boolean => /^(?:text\/|$)/i.test(valueOf(entity.fields, "content-type"));

/** A longer text is not encoded anew. */
const encodedOctetsMax = 1024 * 1024;

/** Was base64 or quoted-printable, and is another: the usual ways to write it are tried. */
function* encoded(body: BodyText): Iterable<BodyVariant> {
  const plainOf = (entity: MimeEntity, content: string, encoding: string): string | undefined => {
    if (encoding === "base64") return decodeBase64Lines(content);
    if (encoding === "quoted-printable") return decodeQuotedPrintable(content);
    return isText(entity) ? content : undefined;
  };
  const toBase64 =
    (lineOctets: number, lineEnd: "\r\n" | "\n"): Recode =>
    (entity, content, encoding) => {
      const plain = encoding === "base64" ? undefined : plainOf(entity, content, encoding);
      if (plain === undefined || plain === "" || plain.length > encodedOctetsMax) return undefined;
      // The line end before the delimiter is the delimiter's, the content had one of its own.
      const ended = plain.endsWith("\r\n") ? plain : `${plain}\r\n`;
      return { encoding: "base64", content: `${encodeBase64Lines(ended.replaceAll("\r\n", lineEnd), lineOctets)}\r\n` };
    };
  const toQuotedPrintable: Recode = (entity, content, encoding) => {
    const plain = encoding === "quoted-printable" ? undefined : plainOf(entity, content, encoding);
    if (plain === undefined || !isText(entity) || plain.length > encodedOctetsMax) return undefined;
    const text = plain.replace(/(?<!\r)\n/g, "\r\n");
    return { encoding: "quoted-printable", content: encodeQuotedPrintable(text) };
  };
  yield* distinct([
    recodeLeaves(body, toBase64(76, "\r\n")),
    recodeLeaves(body, toBase64(76, "\n")),
    recodeLeaves(body, toQuotedPrintable),
    recodeLeaves(body, toBase64(72, "\n")),
  ]);
}

function* rewrapped(body: BodyText): Iterable<BodyVariant> {
  const wrap =
    (lineOctets: number): Recode =>
    (_, content, encoding) => {
      const plain = encoding === "base64" ? decodeBase64Lines(content) : undefined;
      if (plain === undefined) return undefined;
      const lines = encodeBase64Lines(plain, lineOctets);
      const recoded = content.endsWith("\r\n") ? `${lines}\r\n` : lines;
      return recoded === content ? undefined : { encoding: "base64", content: recoded };
    };
  yield* distinct([76, 72, 64, 60].map((lineOctets) => recodeLeaves(body, wrap(lineOctets))));
}

function* distinct(texts: readonly (string | undefined)[]): Iterable<BodyVariant> {
  const seen = new Set<string>();
  for (const text of texts) {
    if (text === undefined || seen.has(text)) continue;
    seen.add(text);
    yield { text };
  }
}
