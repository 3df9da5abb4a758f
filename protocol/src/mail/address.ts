import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { parseDomain } from "./domain.ts";
import { decodeUtf8 } from "./octets.ts";

/** One addr-spec: `localPart` as written (quotes included), `domain` in A-labels and lower case. */
export type Address = { localPart: string; domain: string };

/** An address list, or the word for what stands in its place. */
export type AddressList = { kind: "mailboxes"; addresses: Address[] } | { kind: "group" };

type Token = { kind: "atom" | "quoted" | "special"; text: string; offset: number; afterSpace: boolean };

const tokensMax = 20_000;
const commentDepthMax = 100;

/**
 * Parses the value of an address field (octet text) by RFC 5322 §3.4 and RFC 6532, without the obsolete syntax of §4.4: no
 * source routes, no empty list elements, no white space inside an address. Two things are wider than the strict grammar
 * because they are common and cannot be misread: a dot in a display name, and octets in one that are not UTF-8.
 */
export function parseAddressList(value: string): Parsed<AddressList> {
  const tokens = tokenize(value);
  if (!tokens.ok) return tokens;
  const reader = new AddressReader(tokens.value, value.length);
  const addresses: Address[] = [];
  for (;;) {
    const address = reader.address();
    if (!address.ok) return address;
    if (address.value === "group") return parsed({ kind: "group" });
    addresses.push(address.value);
    if (reader.atEnd()) return parsed({ kind: "mailboxes", addresses });
    if (!reader.take(",")) return unparsed("text after an address", reader.offset());
  }
}

class AddressReader {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  #at = 0;

  constructor(tokens: readonly Token[], length: number) {
    this.#tokens = tokens;
    this.#length = length;
  }

  atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  offset(): number {
    return this.#tokens[this.#at]?.offset ?? this.#length;
  }

  take(special: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "special" || token.text !== special) return false;
    this.#at++;
    return true;
  }

  /** Words and dots up to `<` are a display name, up to `@` a local part, up to `:` the name of a group. */
  address(): Parsed<Address | "group"> {
    const words = this.#words();
    if (this.take("<")) {
      const localPart = this.#localPart(this.#words());
      if (!localPart.ok) return localPart;
      const address = this.#addrSpec(localPart.value);
      return address.ok && !this.take(">") ? unparsed("no > after an address", this.offset()) : address;
    }
    if (words.length > 0 && this.take(":")) return parsed("group");
    const localPart = this.#localPart(words);
    return localPart.ok ? this.#addrSpec(localPart.value) : localPart;
  }

  #addrSpec(localPart: string): Parsed<Address> {
    if (!this.take("@")) return unparsed("no @ in an address", this.offset());
    const start = this.offset();
    const words = this.#words();
    if (!isDotAtom(words)) return unparsed("no domain name after @", start);
    const text = decodeUtf8(words.map((word) => word.text).join(""));
    const domain = text === undefined ? undefined : parseDomain(text);
    if (domain === undefined || !domain.ok) return unparsed("not a domain name", start);
    return parsed({ localPart, domain: domain.value });
  }

  /** A dot-atom or one quoted string. An encoded word is none (RFC 2047 §5: never in an addr-spec). */
  #localPart(words: readonly Token[]): Parsed<string> {
    const start = words[0]?.offset ?? this.offset();
    const quoted = words.length === 1 && words[0]?.kind === "quoted";
    const text = decodeUtf8(words.map((word) => word.text).join(""));
    if (text === undefined || !(quoted || isDotAtom(words))) return unparsed("no local part", start);
    if (text.startsWith("=?") && text.endsWith("?=")) return unparsed("encoded word as a local part", start);
    return parsed(text);
  }

  #words(): Token[] {
    const start = this.#at;
    while (!this.atEnd() && (this.#tokens[this.#at]!.kind !== "special" || this.#tokens[this.#at]!.text === "."))
      this.#at++;
    return this.#tokens.slice(start, this.#at);
  }
}

/** atom *("." atom) with nothing between its parts (RFC 5322 §3.2.3). */
function isDotAtom(words: readonly Token[]): boolean {
  return (
    words.length % 2 === 1 &&
    words.every(
      (word, at) => (at % 2 === 0 ? word.kind === "atom" : word.text === ".") && (at === 0 || !word.afterSpace),
    )
  );
}

function tokenize(value: string): Parsed<Token[]> {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    const start = skipCfws(value, at);
    if (start < 0) return unparsed("white space or comment not well formed", at);
    if (start === value.length) return parsed(tokens);
    if (tokens.length === tokensMax) return unparsed("too many words", start);
    const character = value.charAt(start);
    let end = start + 1;
    let kind: Token["kind"] = "special";
    if (character === '"') {
      kind = "quoted";
      end = endOfQuoted(value, start);
      if (end < 0) return unparsed("quoted string without an end", start);
    } else if (isAtext(value.charCodeAt(start))) {
      kind = "atom";
      while (end < value.length && isAtext(value.charCodeAt(end))) end++;
    } else if (!"<>@,:;.".includes(character)) return unparsed("character that is not allowed here", start);
    tokens.push({ kind, text: value.slice(start, end), offset: start, afterSpace: start > at });
    at = end;
  }
}

/** atext of RFC 5322 §3.2.3 and everything beyond ASCII (RFC 6532 §3.2). */
const isAtext = (code: number): boolean =>
  code >= 0x80 || (code > 0x20 && code < 0x7f && !'()<>[]:;@\\,."'.includes(String.fromCharCode(code)));

/** Past white space, folds and comments (RFC 5322 §3.2.2); -1 when they are not well formed. */
function skipCfws(value: string, from: number): number {
  let at = from;
  let depth = 0;
  for (; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === "\r") {
      if (value.charAt(at + 1) !== "\n" || !/^[ \t]?$/.test(value.charAt(at + 2))) return -1;
      at++;
    } else if (character === "(") {
      if (++depth > commentDepthMax) return -1;
    } else if (depth === 0) {
      if (character !== " " && character !== "\t") return at;
    } else if (character === ")") depth--;
    else if (character === "\\") {
      if (!isQuotable(value.charCodeAt(++at))) return -1;
    } else if (!isQuotable(value.charCodeAt(at))) return -1;
  }
  return depth === 0 ? at : -1;
}

/** Past the closing quote; -1 when there is none or an octet may not stand in a quoted string (RFC 5322 §3.2.4). */
function endOfQuoted(value: string, start: number): number {
  for (let at = start + 1; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === '"') return at + 1;
    if (character === "\r") {
      if (value.charAt(at + 1) !== "\n" || !/^[ \t]$/.test(value.charAt(at + 2))) return -1;
      at++;
    } else {
      if (character === "\\") at++;
      if (!isQuotable(value.charCodeAt(at))) return -1;
    }
  }
  return -1;
}

const isQuotable = (code: number): boolean => code >= 0x80 || code === 0x09 || (code >= 0x20 && code < 0x7f);
