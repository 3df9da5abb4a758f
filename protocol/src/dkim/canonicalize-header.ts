import { asciiLowerCase } from "../mail/octets.ts";

export type CanonicalizationName = "simple" | "relaxed";

/**
 * One header field as it is hashed (RFC 6376 §3.4.1, §3.4.2): octet text in and out, exactly one CRLF at the end whether or
 * not the field came with one.
 */
export function canonicalizeField(raw: string, canonicalization: CanonicalizationName): string {
  const field = raw.endsWith("\r\n") ? raw.slice(0, -2) : raw;
  return `${canonicalization === "simple" ? field : relaxField(field)}\r\n`;
}

/** §3.4.2 in its own order: lower-case name, unfold, one SP for each run of white space, none at the ends of name and value. */
function relaxField(field: string): string {
  const colon = field.indexOf(":");
  const name = trimSpaces(collapse(field.slice(0, colon)));
  return `${asciiLowerCase(name)}:${trimSpaces(collapse(field.slice(colon + 1)))}`;
}

/**
 * Unfolds and collapses in one: a run of folds and white space is one SP, for the line end of a fold always has white space
 * behind it. Most values have nothing to unfold or to collapse; looking first is a third of the work.
 */
function collapse(text: string): string {
  return /[\t\r]| {2}/.test(text) ? text.replace(/(?:\r\n(?=[ \t])|[ \t])+/g, " ") : text;
}

function trimSpaces(text: string): string {
  const start = text.startsWith(" ") ? 1 : 0;
  return text.slice(start, text.endsWith(" ") && text.length > start ? -1 : undefined);
}
