import { octetText } from "../../mail/octets.ts";
import { blanksStart, mapLines } from "./lines.ts";

/** Quoted-printable to octet text (RFC 2045 §6.7). What is not an escape stays as it is. */
export function decodeQuotedPrintable(text: string): string {
  const stripped =
    mapLines(text, (all, start, end) => {
      const at = blanksStart(all, start, end);
      return at === end ? undefined : all.slice(start, at);
    }) ?? text;
  return stripped
    .replaceAll("=\r\n", "")
    .replace(/=$/, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
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
