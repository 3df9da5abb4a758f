import { keywordCharactersMax } from "./authentication-results.ts";

const commentDepthMax = 100;

/**
 * Reads the words of a field from left to right (RFC 8601 §2.2). What reads gives the word and stands behind it; when there is
 * none it gives undefined and stays. Each character is looked at a fixed number of times.
 */
export class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  next(): string {
    return this.#text.charAt(this.#at);
  }

  take(character: string): boolean {
    if (this.next() !== character) return false;
    this.#at++;
    return true;
  }

  /** Reads with `read`, and goes back to where it was when that gives undefined. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const start = this.#at;
    const word = read();
    if (word === undefined) this.#at = start;
    return word;
  }

  /**
   * Past white space, folds and comments (RFC 5322 §3.2.2); whether there were any. It stops at what is not well formed, where
   * no word can begin either.
   */
  cfws(): boolean {
    const start = this.#at;
    for (let end = start; ; this.#at = end) {
      end = this.next() === "(" ? this.#endOfComment() : this.#match(/(?:[ \t]|\r?\n(?=[ \t]|$))+/y);
      if (end < 0) return this.#at > start;
    }
  }

  /** A Keyword (RFC 5321 §4.1.2) in lower case. */
  keyword(): string | undefined {
    return this.attempt(() => {
      const word = this.#word(/[A-Za-z0-9-]+/y);
      const sound = word !== undefined && !word.endsWith("-") && word.length <= keywordCharactersMax;
      return sound ? word.toLowerCase() : undefined;
    });
  }

  /** A number without its leading zeros. */
  digits(): string | undefined {
    return this.#word(/[0-9]+/y)?.replace(/^0+(?=.)/, "");
  }

  /** A `value` of MIME: a token (RFC 2045 §5.1) or a quoted string, as what it stands for. */
  value(): string | undefined {
    return this.next() === '"' ? this.quotedString() : this.#word(/[^\0-\x20\x7f()<>@,;:\\"/[\]?=]+/y);
  }

  /** All that can be an address or a token, without quotes: atext, dots, `@` (RFC 5322 §3.2.3, RFC 6532 §3.2). */
  addressCharacters(): string | undefined {
    return this.#word(/[^\0-\x20\x7f()<>,;:\\"[\]]+/y);
  }

  /** What a quoted string stands for (RFC 5322 §3.2.4): quotes, escapes and line ends of folds taken away. */
  quotedString(): string | undefined {
    const text = this.#text;
    let content = "";
    let from = this.#at + 1;
    for (let at = from; at < text.length; at++) {
      const character = text.charAt(at);
      if (character === '"') {
        this.#at = at + 1;
        return content + text.slice(from, at);
      }
      if (character === "\\") {
        content += text.slice(from, at);
        from = ++at;
      } else if (character === "\r" || character === "\n") {
        content += text.slice(from, at);
        if (character === "\r") at++;
        from = at + 1;
        if (text.charAt(at) !== "\n" || !/^[ \t]$/.test(text.charAt(from))) return undefined;
        continue;
      }
      if (!isQuotable(text.charCodeAt(at))) return undefined;
    }
    return undefined;
  }

  /** Past the `)` that closes the comment, in which comments may stand; -1 when it is not well formed. */
  #endOfComment(): number {
    const text = this.#text;
    let depth = 0;
    for (let at = this.#at; at < text.length; at++) {
      const character = text.charAt(at);
      if (character === "(") {
        if (++depth > commentDepthMax) return -1;
      } else if (character === ")") {
        if (--depth === 0) return at + 1;
      } else if (character === "\r" || character === "\n") {
        if (character === "\r") at++;
        if (text.charAt(at) !== "\n" || !/^[ \t]$/.test(text.charAt(at + 1))) return -1;
      } else {
        if (character === "\\") at++;
        if (!isQuotable(text.charCodeAt(at))) return -1;
      }
    }
    return -1;
  }

  #match(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text) ? pattern.lastIndex : -1;
  }

  #word(pattern: RegExp): string | undefined {
    const start = this.#at;
    const end = this.#match(pattern);
    if (end < 0) return undefined;
    this.#at = end;
    return this.#text.slice(start, end);
  }
}

/** What may stand in a comment or a quoted string; all beyond ASCII may (RFC 6532 §3.2). NaN, past the end, may not. */
const isQuotable = (code: number): boolean => code >= 0x80 || code === 0x09 || (code >= 0x20 && code < 0x7f);
