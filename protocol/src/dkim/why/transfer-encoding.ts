import { octetText } from "../../mail/octets.ts";
import { blanksStart } from "./lines.ts";

/** Quoted-printable to octet text (RFC 2045 §6.7). What is no escape stays as it is; blanks at line ends go. */
export function decodeQuotedPrintable(text: string): string {
  const octets = Buffer.allocUnsafe(text.length);
  let length = 0;
  /** Where the blanks begin that may be the end of a line. */
  let content = 0;
  for (let at = 0; at < text.length; at++) {
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
export function encodeQuotedPrintable(text: string): string {
  return text.split("\r\n").map(encodeLine).join("\r\n");
}

function encodeLine(line: string): string {
  const escape = (character: string): string =>
    `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  const lines: string[] = [];
  let current = "";
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    const last = at === line.length - 1;
    const plain = /[!-<>-~]/.test(character) || ((character === " " || character === "\t") && !last);
    const piece = plain ? character : escape(character);
    if (current.length + piece.length > (last ? 76 : 75)) {
      lines.push(`${current}=`);
      current = "";
    }
    current += piece;
  }
  return [...lines, current].join("\r\n");
}

/** Base64 in lines to octet text; undefined when anything else stands there. */
export function decodeBase64Lines(text: string): string | undefined {
  const joined = text.replace(/[\r\n\t ]+/g, "");
  if (joined === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(joined)) return undefined;
  return octetText(Buffer.from(joined, "base64"));
}

/** Octet text to base64 in lines of so many characters; the last one ends as the others do. */
export function encodeBase64Lines(text: string, lineOctets: number): string {
  const joined = Buffer.from(text, "latin1").toString("base64");
  const lines: string[] = [];
  for (let at = 0; at < joined.length; at += lineOctets) lines.push(joined.slice(at, at + lineOctets));
  return lines.join("\r\n");
}
