import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { concatenated, FIELD, type Field } from "./rdata-fields.ts";
import { DNSSEC_FIELD } from "./rdata-fields-dnssec.ts";
import { checkRdata } from "../message/message.ts";
import { TYPE, typeName } from "../record/record.ts";
import { cursorAt, readEntry, type Token } from "./zone-file-token.ts";

const rdataOctetsMax = 65_535;

/** The text form of the types we know, field by field, each with the RFC that defines it. Other types: RFC 3597 §5. */
const layouts: ReadonlyMap<number, readonly Field[]> = new Map<number, readonly Field[]>([
  [TYPE.A, [FIELD.ipv4]], // RFC 1035 §3.4.1
  [TYPE.NS, [FIELD.name]],
  [TYPE.CNAME, [FIELD.name]],
  [TYPE.SOA, [FIELD.name, FIELD.name, FIELD.u32, FIELD.seconds, FIELD.seconds, FIELD.seconds, FIELD.seconds]],
  [TYPE.PTR, [FIELD.name]],
  [TYPE.HINFO, [FIELD.characterString, FIELD.characterString]],
  [TYPE.MX, [FIELD.u16, FIELD.name]],
  [TYPE.TXT, [FIELD.characterStrings]],
  [TYPE.SPF, [FIELD.characterStrings]], // RFC 7208 §3.1: obsolete, still in zones
  [TYPE.AAAA, [FIELD.ipv6]], // RFC 3596 §2.4
  [TYPE.SRV, [FIELD.u16, FIELD.u16, FIELD.u16, FIELD.name]], // RFC 2782
  [TYPE.DNAME, [FIELD.name]], // RFC 6672 §2.1
  [TYPE.DS, [FIELD.u16, FIELD.u8, FIELD.u8, FIELD.hex]], // RFC 4034 §5.3
  [TYPE.CDS, [FIELD.u16, FIELD.u8, FIELD.u8, FIELD.hex]], // RFC 7344 §3.1
  // RFC 4034 §3.2
  [
    TYPE.RRSIG,
    [
      DNSSEC_FIELD.typeCovered,
      FIELD.u8,
      FIELD.u8,
      FIELD.u32,
      DNSSEC_FIELD.time,
      DNSSEC_FIELD.time,
      FIELD.u16,
      FIELD.name,
      FIELD.base64,
    ],
  ],
  [TYPE.NSEC, [FIELD.name, DNSSEC_FIELD.types]], // RFC 4034 §4.2
  [TYPE.NSEC3, [FIELD.u8, FIELD.u8, FIELD.u16, DNSSEC_FIELD.salt, DNSSEC_FIELD.hash, DNSSEC_FIELD.types]], // RFC 5155 §3.3
  [TYPE.NSEC3PARAM, [FIELD.u8, FIELD.u8, FIELD.u16, DNSSEC_FIELD.salt]], // RFC 5155 §4.3
  [TYPE.DNSKEY, [FIELD.u16, FIELD.u8, FIELD.u8, FIELD.base64]], // RFC 4034 §2.2
  [TYPE.CDNSKEY, [FIELD.u16, FIELD.u8, FIELD.u8, FIELD.base64]], // RFC 7344 §3.2
  [TYPE.SSHFP, [FIELD.u8, FIELD.u8, FIELD.hex]], // RFC 4255 §3.2
  [TYPE.TLSA, [FIELD.u8, FIELD.u8, FIELD.u8, FIELD.hex]], // RFC 6698 §2.2
  [TYPE.SMIMEA, [FIELD.u8, FIELD.u8, FIELD.u8, FIELD.hex]], // RFC 8162 §2
  [TYPE.CAA, [FIELD.u8, FIELD.tag, FIELD.lastString]], // RFC 8659 §4.1
]);

/** RDATA as a master file shows it, names absolute with the final dot. Unknown or unsound RDATA is written as `\# n hex`. */
export function rdataText(type: number, data: Uint8Array): string {
  const texts: string[] = [];
  let at = 0;
  for (const field of layouts.get(type) ?? []) {
    const read = field.format(data, at);
    if (!read) return opaqueText(data);
    texts.push(read.text);
    at = read.end;
  }
  return texts.length > 0 && at === data.length ? texts.filter((text) => text !== "").join(" ") : opaqueText(data);
}

/** RFC 3597 §5. */
const opaqueText = (data: Uint8Array): string =>
  data.length === 0 ? "\\# 0" : `\\# ${data.length} ${Buffer.from(data).toString("hex")}`;

/**
 * RDATA from its text form: one entry of a master file without owner, TTL, class and type. Relative names end in `origin`.
 * The offset of a problem counts characters of `text`.
 */
export function rdataFromText(type: number, text: string, origin: string): Parsed<Uint8Array> {
  const cursor = cursorAt(text);
  const entry = readEntry(cursor);
  if (!entry) return unparsed("empty RDATA", 0);
  if (!entry.ok) return entry;
  const data = rdataFromTokens(type, entry.value.tokens, origin);
  if (!data.ok) return data;
  const more = readEntry(cursor);
  if (!more) return data;
  return more.ok ? unparsed("text after the end of the RDATA", more.value.offset) : more;
}

/** RDATA from the words of an entry. The octets are checked against the type, also when they were written as `\# n hex`. */
export function rdataFromTokens(type: number, tokens: readonly Token[], origin: string): Parsed<Uint8Array> {
  const first = tokens[0];
  const data =
    first?.text === "\\#" && !first.quoted ? opaqueFromTokens(tokens) : fieldsFromTokens(type, tokens, origin);
  if (!data.ok) return data;
  const offset = first?.offset ?? 0;
  if (data.value.length > rdataOctetsMax) return unparsed("RDATA longer than 65535 octets", offset);
  const checked = checkRdata(type, data.value);
  return checked.ok ? data : unparsed(checked.problem, offset);
}

function fieldsFromTokens(type: number, tokens: readonly Token[], origin: string): Parsed<Uint8Array> {
  const fields = layouts.get(type);
  if (!fields) return unparsed(`${typeName(type)} has to be written as \\# n hex`, tokens[0]?.offset ?? 0);
  const reader = { tokens, at: 0, origin };
  const parts: Uint8Array[] = [];
  for (const field of fields) {
    const part = field.parse(reader);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  const left = tokens[reader.at];
  return left ? unparsed(`unexpected word after the RDATA: ${left.text}`, left.offset) : parsed(concatenated(parts));
}

function opaqueFromTokens(tokens: readonly Token[]): Parsed<Uint8Array> {
  const length = tokens[1];
  const offset = (length ?? tokens[0])?.offset ?? 0;
  if (!length || !/^\d{1,5}$/.test(length.text)) return unparsed("\\# needs the number of octets", offset);
  const hex = tokens
    .slice(2)
    .map((token) => token.text)
    .join("");
  if (!/^[0-9a-f]*$/i.test(hex) || hex.length !== 2 * Number(length.text)) {
    return unparsed(`\\# announces ${length.text} octets and other hex follows`, offset);
  }
  return parsed(Uint8Array.from(Buffer.from(hex, "hex")));
}
