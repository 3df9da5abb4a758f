import { octetText } from "../../mail/octets.ts";
import { blanksStart } from "./lines.ts";
import { GrowingText, inPieces, pieceOctets, type Pace } from "./pace.ts";

/** Quoted-printable to octet text (RFC 2045 §6.7). What is no escape stays as it is; blanks at line ends go. */
export async function decodeQuotedPrintable(text: string, pace: Pace): Promise<string> {
  const octets = Buffer.allocUnsafe(text.length);
  let length = 0;
  let looked = 0;
  /** Where the blanks begin that may be the end of a line. */
  let content = 0;
  for (let at = 0; at < text.length; at++) {
    if (at - looked >= pieceOctets) {
      await pace.worked(at - looked);
      looked = at;
    }
    const code = text.charCodeAt(at);
    if (code === 0x0d && text.charCodeAt(at + 1) === 0x0a) {
      length = content;
      if (octets[length - 1] === softBreak && text.charCodeAt(at - 1 - blanksBefore(text, at)) === 0x3d) length--;
      else {
        octets[length++] = 0x0d;
        octets[length++] = 0x0a;
      }
      content = length;
      at++;
      continue;
    }
    const high = code === 0x3d ? hexDigit(text.charCodeAt(at + 1)) : -1;
    const low = high < 0 ? -1 : hexDigit(text.charCodeAt(at + 2));
    if (low < 0) octets[length++] = code;
    else {
      octets[length++] = high * 16 + low;
      at += 2;
    }
    if (low >= 0 || (code !== 0x20 && code !== 0x09)) content = length;
  }
  if (octets[content - 1] === softBreak && text.endsWith("=")) content--;
  return octets.toString("latin1", 0, content);
}
const softBreak = 0x3d;

function blanksBefore(text: string, end: number): number {
  return end - blanksStart(text, 0, end);
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code & ~0x20;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : -1;
}

/** Octet text to quoted-printable, as most programs write it: as few escapes as may be, soft breaks after 75 characters. */
export async function encodeQuotedPrintable(text: string, pace: Pace): Promise<string> {
  const encoded = new GrowingText();
  for (let start = 0; start <= text.length;) {
    const found = text.indexOf("\r\n", start);
    const end = found < 0 ? text.length : found;
    await encodeLine(text.slice(start, end), encoded, pace);
    if (found >= 0) encoded.push("\r\n");
    start = found < 0 ? text.length + 1 : found + 2;
  }
  return encoded.text();
}

async function encodeLine(line: string, encoded: GrowingText, pace: Pace): Promise<void> {
  const escape = (character: string): string =>
    `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  let current = "";
  let looked = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    const last = at === line.length - 1;
    const plain = /[!-<>-~]/.test(character) || ((character === " " || character === "\t") && !last);
    const piece = plain ? character : escape(character);
    if (current.length + piece.length > (last ? 76 : 75)) {
      encoded.push(current, "=\r\n");
      current = "";
    }
    current += piece;
    // What is encoded costs some times what is read does.
    if (at - looked >= pieceOctets / 8) {
      await pace.worked(8 * (at - looked));
      looked = at;
    }
  }
  encoded.push(current);
  await pace.worked(8 * (line.length - looked + 2));
}

/** Base64 in lines to octet text; undefined when anything else stands there. */
export async function decodeBase64Lines(text: string, pace: Pace): Promise<string | undefined> {
  const joined = await inPieces(text, pace, (piece) => piece.replace(/[\r\n\t ]+/g, ""));
  const padding = joined.endsWith("==") ? 2 : joined.endsWith("=") ? 1 : 0;
  const contentEnd = joined.length - padding;
  if (contentEnd === 0) return undefined;
  const decoded = new GrowingText();
  // Four characters are three octets wherever they stand: the pieces are whole fours.
  for (let at = 0; at < contentEnd; at += pieceOctets) {
    const piece = joined.slice(at, Math.min(at + pieceOctets, contentEnd));
    if (!/^[A-Za-z0-9+/]+$/.test(piece)) return undefined;
    decoded.push(octetText(Buffer.from(piece, "base64")));
    await pace.worked(piece.length);
  }
  return decoded.text();
}

/** Octet text to base64 in lines of so many characters, a multiple of four; the last one ends as the others do. */
export async function encodeBase64Lines(text: string, lineOctets: number, pace: Pace): Promise<string> {
  const encoded = new GrowingText();
  const pieceLines = Math.floor(pieceOctets / lineOctets);
  const pieceLength = (pieceLines * lineOctets * 3) / 4;
  for (let at = 0; at < text.length; at += pieceLength) {
    const joined = Buffer.from(text.slice(at, at + pieceLength), "latin1").toString("base64");
    const lines: string[] = [];
    for (let start = 0; start < joined.length; start += lineOctets) lines.push(joined.slice(start, start + lineOctets));
    encoded.push(at === 0 ? "" : "\r\n", lines.join("\r\n"));
    await pace.worked(joined.length);
  }
  return encoded.text();
}
