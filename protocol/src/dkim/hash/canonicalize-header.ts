import type { HeaderField } from "../../mail/header.ts";
import { asciiLowerCase } from "../../mail/octets.ts";

export type CanonicalizationName = "simple" | "relaxed";

/**
 * One header field as it is hashed (RFC 6376 §3.4.1, §3.4.2): octet text in and out, exactly one CRLF at the end whether or
 * not the field came with one.
 */
export function canonicalizeField(raw: string, canonicalization: CanonicalizationName): string {
  if (canonicalization === "simple") return raw.endsWith("\r\n") ? raw : `${raw}\r\n`;
  const field = collapseSpace(raw);
  const colon = field.indexOf(":");
  return `${asciiLowerCase(trimSpaces(field.slice(0, colon)))}:${trimmedValue(field, colon)}\r\n`;
}

/** As `canonicalizeField`, for a field whose name is in lower case already: most have nothing else to change. */
export function canonicalizeSplitField(
  { raw, lowerName }: HeaderField,
  canonicalization: CanonicalizationName,
): string {
  return canonicalization === "simple" || needsCollapsing.test(raw)
    ? canonicalizeField(raw, canonicalization)
    : `${lowerName}:${trimmedValue(raw, raw.indexOf(":"))}\r\n`;
}

/**
 * White space that relaxed canonicalization does not leave as it is: folds, tabs, and more than one SP. Unfolding and collapsing
 * are one: a run of folds and white space is one SP, for the line end of a fold always has white space behind it.
 */
const needsCollapsing = /\t| {2}|\r\n /;
export const collapseSpace = (text: string): string => (needsCollapsing.test(text) ? text.replace(runs, " ") : text);
const runs = /[ \t]*(?:\r\n[ \t]+)+|\t[ \t]*| [ \t]+/g;

/** What stands between the colon and the final CRLF, where runs of white space are one SP already, without SP at its ends. */
function trimmedValue(field: string, colon: number): string {
  const value = field.slice(colon + 1, field.endsWith("\r\n") ? -2 : undefined);
  return trimSpaces(value);
}

function trimSpaces(text: string): string {
  const start = text.startsWith(" ") ? 1 : 0;
  return text.slice(start, text.endsWith(" ") && text.length > start ? -1 : undefined);
}
