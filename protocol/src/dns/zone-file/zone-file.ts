import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { isAtOrBelow, parseName, readWireName } from "../name/name.ts";
import { absolute, nameOfToken, parseSeconds } from "./rdata-fields.ts";
import { rdataFromTokens, rdataText } from "./rdata.ts";
import { readSoa, TYPE, typeName, typeNumber, type ResourceRecord } from "../record/record.ts";
import { cursorAt, readEntry, type Entry, type Token } from "./zone-file-token.ts";

/** A zone of a million DKIM keys is about half of this. */
const zoneFileCharactersMax = 1 << 30;
const recordsMax = 10_000_000;
const ttlMax = 0x7fff_ffff;

export type ZoneFileOptions = {
  /** The name that `@` and relative names start from until the first $ORIGIN. */
  origin: string;
  /** TTL of records that have none before any $TTL or TTL of an earlier record. Absent means the SOA minimum (RFC 2308 §4). */
  defaultTtl?: number;
};

/** What earlier entries leave to later ones (RFC 1035 §5.1). */
type Context = {
  origin: string;
  owner: string | undefined;
  /** From $TTL (RFC 2308 §4). */
  ttl: number | undefined;
  previousTtl: number | undefined;
  readonly fallbackTtl: number | undefined;
};

/**
 * Reads a master file (RFC 1035 §5, RFC 2308 §4, RFC 3597 §5). Owners come out canonical, names in RDATA keep their case.
 * $INCLUDE and $GENERATE are refused. A problem names its line; its offset counts characters.
 */
export function parseZoneFile(text: string, options: ZoneFileOptions): Parsed<ResourceRecord[]> {
  if (text.length > zoneFileCharactersMax) return unparsed("master file too long", 0);
  const origin = parseName(options.origin);
  if (!origin.ok) return unparsed(`origin: ${origin.problem}`, 0);
  const context: Context = {
    origin: origin.value,
    owner: undefined,
    ttl: undefined,
    previousTtl: undefined,
    fallbackTtl: options.defaultTtl,
  };
  const cursor = cursorAt(text);
  const records: ResourceRecord[] = [];
  for (;;) {
    const entry = readEntry(cursor);
    if (!entry) return parsed(records);
    const record = entry.ok ? readFileEntry(entry.value, context) : entry;
    if (!record.ok) return unparsed(`line ${lineOf(text, record.offset)}: ${record.problem}`, record.offset);
    if (!record.value) continue;
    if (records.length === recordsMax) return unparsed("too many records", cursor.at);
    records.push(record.value);
  }
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

function readFileEntry(entry: Entry, context: Context): Parsed<ResourceRecord | undefined> {
  const first = entry.tokens[0];
  if (first && !first.quoted && !entry.ownerIsBlank && first.text.startsWith("$")) {
    return readDirective(first, entry.tokens.slice(1), context);
  }
  return readRecord(entry, context);
}

function readDirective(directive: Token, words: readonly Token[], context: Context): Parsed<undefined> {
  const [argument] = words;
  switch (directive.text.toUpperCase()) {
    case "$ORIGIN": {
      if (!argument || words.length > 1) return unparsed("$ORIGIN takes one name", directive.offset);
      const name = canonicalName(argument, context.origin);
      if (!name.ok) return name;
      context.origin = name.value;
      return parsed(undefined);
    }
    case "$TTL": {
      const ttl = argument && words.length === 1 ? parseSeconds(argument.text) : undefined;
      if (ttl === undefined || ttl > ttlMax)
        return unparsed("$TTL takes one time of at most 2147483647 s", directive.offset);
      context.ttl = ttl;
      return parsed(undefined);
    }
    case "$INCLUDE":
      return unparsed("$INCLUDE is not allowed here: put the records into this file", directive.offset);
    case "$GENERATE":
      return unparsed("$GENERATE is not allowed here: write the records out", directive.offset);
    default:
      return unparsed(`unknown directive ${directive.text}`, directive.offset);
  }
}

function canonicalName(token: Token, origin: string): Parsed<string> {
  const wire = nameOfToken(token, origin);
  if (!wire.ok) return wire;
  const name = readWireName(wire.value, 0, { pointers: "refused" });
  return name.ok ? parsed(name.value.name) : name;
}

/** `[owner] [TTL] [class] type RDATA`, TTL and class in either order (RFC 1035 §5.1). */
function readRecord(entry: Entry, context: Context): Parsed<ResourceRecord> {
  const { tokens } = entry;
  let at = 0;
  if (!entry.ownerIsBlank) {
    const owner = canonicalName(tokens[at++]!, context.origin); // an entry holds at least one word
    if (!owner.ok) return owner;
    context.owner = owner.value;
  }
  if (context.owner === undefined) return unparsed("record without an owner", entry.offset);
  const prefix = readTtlAndClass(tokens, at);
  if (!prefix.ok) return prefix;
  at = prefix.value.at;
  const typeToken = tokens[at++];
  const type = typeToken && !typeToken.quoted ? typeNumber(typeToken.text) : undefined;
  if (!typeToken || type === undefined) {
    return unparsed(
      typeToken ? `unknown type ${typeToken.text}` : "record without a type",
      typeToken?.offset ?? entry.offset,
    );
  }
  if (isMeta(type)) return unparsed(`${typeName(type)} cannot stand in a zone`, typeToken.offset);
  const data = rdataFromTokens(type, tokens.slice(at), context.origin);
  if (!data.ok) return data;
  const ttl = prefix.value.ttl ?? inheritedTtl(context, type, data.value);
  if (ttl === undefined) return unparsed("no TTL: start with $TTL", typeToken.offset);
  context.previousTtl = ttl;
  return parsed({ name: context.owner, type, ttl, data: data.value });
}

function readTtlAndClass(tokens: readonly Token[], from: number): Parsed<{ ttl: number | undefined; at: number }> {
  let ttl: number | undefined;
  let classSeen = false;
  for (let at = from; ; at++) {
    const token = tokens[at];
    if (!token || token.quoted) return parsed({ ttl, at });
    const seconds = ttl === undefined ? parseSeconds(token.text) : undefined;
    const isClass = !classSeen && /^(?:in|ch|hs|cs|class\d{1,5})$/i.test(token.text);
    if (seconds !== undefined) {
      if (seconds > 0xffff_ffff) return unparsed(`TTL too large: ${token.text}`, token.offset);
      ttl = seconds > ttlMax ? 0 : seconds; // RFC 2181 §8
    } else if (isClass) {
      if (!/^(?:in|class0*1)$/i.test(token.text))
        return unparsed(`class ${token.text}: only IN is served`, token.offset);
      classSeen = true;
    } else {
      return parsed({ ttl, at });
    }
  }
}

/** $TTL, else the TTL of the record before (RFC 1035 §5.1), else the caller's, else the minimum of a SOA that stands first. */
function inheritedTtl(context: Context, type: number, data: Uint8Array): number | undefined {
  const ttl = context.ttl ?? context.previousTtl ?? context.fallbackTtl;
  return ttl ?? (type === TYPE.SOA ? readSoa(data).minimum : undefined);
}

/** OPT and the types from 128 to 255 are of messages, not of zones (RFC 6895 §3.1). */
const isMeta = (type: number): boolean => type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255);

/** A master file of these records, the SOA first; reading it gives the same records. */
export function formatZoneFile(origin: string, records: Iterable<ResourceRecord>): string {
  const lines: string[] = [];
  let soa = "";
  for (const record of records) {
    const owner = ownerText(record.name, origin);
    const line = `${owner}\t${record.ttl}\tIN\t${typeName(record.type)}\t${rdataText(record.type, record.data)}\n`;
    if (record.type === TYPE.SOA && soa === "") soa = line;
    else lines.push(line);
  }
  return `$ORIGIN ${absolute(origin)}\n${soa}${lines.join("")}`;
}

function ownerText(name: string, origin: string): string {
  if (name === origin) return "@";
  if (origin === "." || !isAtOrBelow(name, origin)) return absolute(name);
  return name.slice(0, -origin.length - 1);
}
