import { type Parsed, parsed, unparsed } from "../../parsed.ts";

/** A word of a master file as it was written: escapes are still in it. */
export type Token = { text: string; quoted: boolean; offset: number };

/** One entry of a master file: a record or a directive, parentheses already resolved. */
export type Entry = { tokens: Token[]; ownerIsBlank: boolean; offset: number };

/** Where the reader stands. */
export type Cursor = { readonly text: string; at: number };

/** More words than any RDATA of 65535 octets can need. */
const entryTokensMax = 70_000;
const nestingMax = 16;

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const OPEN = 40;
const CLOSE = 41;
const SEMICOLON = 59;
const BACKSLASH = 92;

const isBlank = (code: number): boolean => code === SPACE || code === TAB || code === CARRIAGE_RETURN;
const endsWord = (code: number): boolean =>
  isBlank(code) || code === LINE_FEED || code === QUOTE || code === OPEN || code === CLOSE || code === SEMICOLON;

export const cursorAt = (text: string): Cursor => ({ text, at: text.charCodeAt(0) === 0xfeff ? 1 : 0 });

/**
 * The next entry that holds at least one word, or undefined at the end (RFC 1035 §5.1). A line feed ends an entry unless it stands
 * inside parentheses; a semicolon starts a comment; an entry that begins with a blank has no owner of its own.
 */
export function readEntry(cursor: Cursor): Parsed<Entry> | undefined {
  const { text } = cursor;
  for (;;) {
    if (cursor.at >= text.length) return undefined;
    const entry: Entry = {
      tokens: [],
      ownerIsBlank: isBlank(text.charCodeAt(cursor.at)),
      offset: cursor.at,
    };
    const problem = readTokens(cursor, entry);
    if (problem) return problem;
    if (entry.tokens.length > 0) return parsed(entry);
  }
}

/** Reads words up to the end of the entry. Answers a problem, or undefined when all is well. */
function readTokens(cursor: Cursor, entry: Entry): Parsed<never> | undefined {
  const { text } = cursor;
  let depth = 0;
  while (cursor.at < text.length) {
    const code = text.charCodeAt(cursor.at);
    if (code === LINE_FEED) {
      cursor.at++;
      if (depth === 0) return undefined;
    } else if (isBlank(code)) {
      cursor.at++;
    } else if (code === SEMICOLON) {
      const end = text.indexOf("\n", cursor.at);
      cursor.at = end === -1 ? text.length : end;
    } else if (code === OPEN) {
      if (++depth > nestingMax) return unparsed(`parentheses nested deeper than ${nestingMax}`, cursor.at);
      cursor.at++;
    } else if (code === CLOSE) {
      if (--depth < 0) return unparsed("closing parenthesis without an opening one", cursor.at);
      cursor.at++;
    } else {
      if (entry.tokens.length === entryTokensMax) return unparsed("too many words in one entry", cursor.at);
      const token = code === QUOTE ? readQuoted(cursor) : readWord(cursor);
      if (!token.ok) return token;
      entry.tokens.push(token.value);
    }
  }
  return depth === 0 ? undefined : unparsed("parenthesis not closed before the end", cursor.at);
}

function readQuoted(cursor: Cursor): Parsed<Token> {
  const { text } = cursor;
  const offset = cursor.at;
  for (let at = offset + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      cursor.at = at + 1;
      return parsed({ text: text.slice(offset + 1, at), quoted: true, offset });
    }
    if (code === LINE_FEED) break;
    if (code === BACKSLASH) at++;
  }
  return unparsed("quoted string not closed on its line", offset);
}

function readWord(cursor: Cursor): Parsed<Token> {
  const { text } = cursor;
  const offset = cursor.at;
  let at = offset;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (endsWord(code)) break;
    if (code !== BACKSLASH) continue;
    at++;
    if (at >= text.length || text.charCodeAt(at) === LINE_FEED)
      return unparsed("backslash at the end of a line", offset);
  }
  cursor.at = at;
  return parsed({ text: text.slice(offset, at), quoted: false, offset });
}

/**
 * The octets a word stands for (RFC 1035 §5.1): `\DDD` is one octet, `\X` is X itself; text beyond ASCII counts as UTF-8.
 * Undefined when an escape is out of range or cut short.
 */
export function octetsOf(text: string): Uint8Array | undefined {
  if (!/[^ -[\]-~]/.test(text)) return Buffer.from(text, "latin1");
  const source = new TextEncoder().encode(text);
  const octets = new Uint8Array(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    const octet = source[i]!;
    if (octet !== BACKSLASH) {
      octets[length++] = octet;
      continue;
    }
    const next = source[++i];
    if (next === undefined) return undefined;
    if (next < 48 || next > 57) {
      octets[length++] = next;
      continue;
    }
    const digits = decimalOctet(source, i);
    if (digits === undefined) return undefined;
    octets[length++] = digits;
    i += 2;
  }
  return octets.slice(0, length);
}

/** The value of three decimal digits at `at`, at most 255. */
function decimalOctet(source: Uint8Array, at: number): number | undefined {
  let value = 0;
  for (let i = at; i < at + 3; i++) {
    const digit = (source[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value <= 255 ? value : undefined;
}
