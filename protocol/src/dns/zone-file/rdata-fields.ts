import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { nameTextToWire, readWireName } from "../name/name.ts";
import { parseIpv4, parseIpv6, readAddress } from "../record/record-address.ts";
import { octetsOf, type Token } from "./zone-file-token.ts";

/** The words of one RDATA still to be read; relative names end in `origin`. */
export type FieldReader = { tokens: readonly Token[]; at: number; origin: string };

/** One kind of RDATA field: text into octets, and octets at an offset back into text. */
export type Field = {
  parse: (reader: FieldReader) => Parsed<Uint8Array>;
  /** Answers the text and the offset after the field; undefined when the octets do not hold such a field. */
  format: (data: Uint8Array, at: number) => { text: string; end: number } | undefined;
};

const nextToken = (reader: FieldReader): Parsed<Token> => {
  const token = reader.tokens[reader.at++];
  return token ? parsed(token) : unparsed("RDATA ends too early", reader.tokens.at(-1)?.offset ?? 0);
};

/** Field of exactly one word. */
export const ofToken =
  (read: (token: Token, origin: string) => Uint8Array | string): Field["parse"] =>
  (reader) => {
    const token = nextToken(reader);
    if (!token.ok) return token;
    const octets = read(token.value, reader.origin);
    return typeof octets === "string" ? unparsed(octets, token.value.offset) : parsed(octets);
  };

const bigEndian = (value: number, octets: number): Uint8Array =>
  Uint8Array.from({ length: octets }, (_, index) => Math.floor(value / 256 ** (octets - 1 - index)) % 256);

const numberAt = (data: Uint8Array, at: number, octets: number): number | undefined => {
  if (at + octets > data.length) return undefined;
  let value = 0;
  for (let i = at; i < at + octets; i++) value = value * 256 + (data[i] ?? 0);
  return value;
};

/** Unsigned integer of `octets` octets; `read` says how its text is understood. */
const integer = (octets: number, read: (text: string) => number | undefined): Field => ({
  parse: ofToken(({ text }) => {
    const value = read(text);
    return value === undefined || value >= 256 ** octets
      ? `not a number of ${octets * 8} bits: ${text}`
      : bigEndian(value, octets);
  }),
  format: (data, at) => {
    const value = numberAt(data, at, octets);
    return value === undefined ? undefined : { text: String(value), end: at + octets };
  },
});

const decimal = (text: string): number | undefined => (/^\d{1,10}$/.test(text) ? Number(text) : undefined);

const secondsOfUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds, plain or with the units that BIND writes: 3600, 1h, 1w2d, 1H30M. Undefined for other text. */
export function parseSeconds(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  if (text.length > 40 || !/^(?:\d{1,10}[smhdw])+$/i.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.toLowerCase().matchAll(/(\d+)([smhdw])/g)) {
    seconds += Number(count) * (secondsOfUnit[unit ?? ""] ?? 0);
  }
  return seconds;
}

/** A name as a master file writes it (RFC 1035 §5.1): `@` is the origin, a name without a final dot is relative to it. */
export function nameOfToken(token: Token, origin: string): Parsed<Uint8Array> {
  if (token.text === "@" && !token.quoted) return nameTextToWire(origin);
  let backslashes = 0;
  while (token.text[token.text.length - 2 - backslashes] === "\\") backslashes++;
  const isAbsolute = token.text.endsWith(".") && backslashes % 2 === 0;
  const name = isAbsolute || origin === "." ? token.text : `${token.text}.${origin}`;
  const wire = nameTextToWire(name);
  return wire.ok ? wire : unparsed(`${wire.problem}: ${token.text}`, token.offset);
}

export const absolute = (name: string): string => (name === "." ? "." : `${name}.`);

/** Printable ASCII stays, quote and backslash get a backslash, the rest is `\DDD`. */
const quotable = (octets: Uint8Array): string => {
  const plain = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
  // Nearly all text is such, and a zone has a million of them.
  if (!/[^ !#-[\]-~]/.test(plain)) return `"${plain}"`;
  let text = "";
  for (const octet of octets) {
    if (octet < 32 || octet > 126) text += `\\${String(octet).padStart(3, "0")}`;
    else text += octet === 34 || octet === 92 ? `\\${String.fromCharCode(octet)}` : String.fromCharCode(octet);
  }
  return `"${text}"`;
};

const characterStringOf = ({ text }: Token): Uint8Array | string => {
  const octets = octetsOf(text);
  if (!octets) return "bad escape in a character-string";
  if (octets.length > 255) return "character-string longer than 255 octets";
  const withLength = new Uint8Array(octets.length + 1);
  withLength[0] = octets.length;
  withLength.set(octets, 1);
  return withLength;
};

const characterString: Field = {
  parse: ofToken(characterStringOf),
  format: (data, at) => {
    const end = at + 1 + (data[at] ?? 0);
    return at >= data.length || end > data.length ? undefined : { text: quotable(data.subarray(at + 1, end)), end };
  },
};

/** Takes all words that are left, at least one unless none is allowed. */
export const allThatFollows =
  (join: (tokens: readonly Token[]) => Uint8Array | string, none: "refused" | "allowed" = "refused"): Field["parse"] =>
  (reader) => {
    const tokens = reader.tokens.slice(reader.at);
    if (tokens.length === 0 && none === "refused")
      return unparsed("RDATA ends too early", reader.tokens.at(-1)?.offset ?? 0);
    reader.at = reader.tokens.length;
    const octets = join(tokens);
    return typeof octets === "string" ? unparsed(octets, tokens[0]?.offset ?? 0) : parsed(octets);
  };

const characterStrings: Field = {
  parse: allThatFollows((tokens) => {
    const strings: Uint8Array[] = [];
    for (const token of tokens) {
      const string = characterStringOf(token);
      if (typeof string === "string") return string;
      strings.push(string);
    }
    return concatenated(strings);
  }),
  format: (data, at) => {
    const texts: string[] = [];
    while (at < data.length) {
      const string = characterString.format(data, at);
      if (!string) return undefined;
      texts.push(string.text);
      at = string.end;
    }
    return texts.length === 0 ? undefined : { text: texts.join(" "), end: at };
  },
};

const name: Field = {
  parse: (reader) => {
    const token = nextToken(reader);
    return token.ok ? nameOfToken(token.value, reader.origin) : token;
  },
  format: (data, at) => {
    const read = readWireName(data, at, { pointers: "refused", letters: "kept" });
    return read.ok ? { text: absolute(read.value.name), end: read.value.end } : undefined;
  },
};

const address = (parse: (text: string) => Uint8Array | undefined, octets: number): Field => ({
  parse: ofToken(({ text }) => parse(text) ?? `not an address: ${text}`),
  format: (data, at) => (at === 0 && data.length === octets ? { text: readAddress(data), end: octets } : undefined),
});

/** Octets up to the end in hexadecimal or base64, which may be spread over several words. */
const encoded = (encoding: "hex" | "base64", pattern: RegExp): Field => ({
  parse: allThatFollows((tokens) => {
    const text = tokens.map((token) => token.text).join("");
    if (!pattern.test(text) || text.length % (encoding === "hex" ? 2 : 4) !== 0) return `not ${encoding}`;
    return Uint8Array.from(Buffer.from(text, encoding));
  }),
  format: (data, at) =>
    at >= data.length ? undefined : { text: Buffer.from(data.subarray(at)).toString(encoding), end: data.length },
});

/** The value of CAA: octets up to the end without a length (RFC 8659 §4.1). */
const lastString: Field = {
  parse: ofToken(({ text }) => octetsOf(text) ?? "bad escape in a string"),
  format: (data, at) => ({ text: quotable(data.subarray(at)), end: data.length }),
};

/** The tag of CAA: letters and digits behind a length octet, written without quotes (RFC 8659 §4.1.1). */
const tag: Field = {
  parse: ofToken((token) => (/^[a-z0-9]{1,255}$/i.test(token.text) ? characterStringOf(token) : "bad CAA tag")),
  format: (data, at) => {
    const string = characterString.format(data, at);
    return string && /^"[a-z0-9]{1,255}"$/i.test(string.text)
      ? { text: string.text.slice(1, -1), end: string.end }
      : undefined;
  },
};

export const FIELD = {
  name,
  characterString,
  characterStrings,
  lastString,
  tag,
  u8: integer(1, decimal),
  u16: integer(2, decimal),
  u32: integer(4, decimal),
  seconds: integer(4, parseSeconds),
  ipv4: address(parseIpv4, 4),
  ipv6: address(parseIpv6, 16),
  hex: encoded("hex", /^[0-9a-f]+$/i),
  base64: encoded("base64", /^[A-Za-z0-9+/]+={0,2}$/),
} as const satisfies Record<string, Field>;

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((octets, part) => octets + part.length, 0));
  let to = 0;
  for (const part of parts) {
    whole.set(part, to);
    to += part.length;
  }
  return whole;
}
