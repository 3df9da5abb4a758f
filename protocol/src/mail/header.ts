import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { asciiLowerCase, octetText, trimFws } from "./octets.ts";

/** One header field (RFC 5322 §2.2) with its octets as they came. */
export type HeaderField = {
  /** As written, without white space before the colon. Empty when the line is no header field: it has no colon. */
  readonly name: string;
  /** The name in lower case, to compare with. */
  readonly lowerName: string;
  /** The whole field as octet text: name, colon, value, folds, final CRLF. */
  readonly raw: string;
};

/** How much header is taken from a stranger. Far above what real mail carries. */
export const headerOctetsMax = 2 * 1024 * 1024;
export const headerFieldsMax = 20_000;

/**
 * Cuts a header block (everything before the empty line) into fields. The fields joined are the block, octet for octet.
 * A line that begins with white space continues the field above it, also when there is nothing else in it (RFC 5322 §2.2.3).
 */
export function splitHeader(block: Uint8Array): Parsed<HeaderField[]> {
  const { fields, tooLarge } = splitHeaderUpToLimit(block);
  return tooLarge ? unparsed("header over 2 MiB or 20000 fields", fields.length) : parsed(fields);
}

/** As `splitHeader`; of a header beyond the limits the fields that are whole within them. */
export function splitHeaderUpToLimit(block: Uint8Array): { fields: HeaderField[]; tooLarge: boolean } {
  const text = octetText(block.subarray(0, headerOctetsMax));
  const fields: HeaderField[] = [];
  const cutShort = block.length > headerOctetsMax;
  let start = 0;
  while (start < text.length && fields.length < headerFieldsMax) {
    const end = endOfField(text, start);
    if (cutShort && end === text.length) return { fields, tooLarge: true };
    fields.push(headerField(text.slice(start, end)));
    start = end;
  }
  return { fields, tooLarge: start < text.length };
}

/** A field from its octet text; `raw` ends in CRLF, or nothing follows it in the message. */
export function headerField(raw: string): HeaderField {
  const colon = raw.indexOf(":");
  const name = colon < 0 ? "" : trimFws(raw.slice(0, colon));
  return { name, lowerName: asciiLowerCase(name), raw };
}

/** What stands after the colon, as it came: leading space, folds and final CRLF included. */
export const fieldValue = (field: HeaderField): string => field.raw.slice(field.raw.indexOf(":") + 1);

function endOfField(text: string, start: number): number {
  for (let from = start; ;) {
    const lineEnd = text.indexOf("\r\n", from);
    if (lineEnd < 0) return text.length;
    const next = text.charCodeAt(lineEnd + 2);
    if (next !== 0x20 && next !== 0x09) return lineEnd + 2;
    from = lineEnd + 2;
  }
}
