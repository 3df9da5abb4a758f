import {
  isAtOrBelow,
  parseName,
  type Parsed,
  rdataFromText,
  rdataNames,
  readWireName,
  TYPE,
  typeName,
  typeNumber,
} from "chancery/dns";
import type { Rrset } from "./rrset.ts";
import { masterFileText } from "./written-text.ts";

/** An RRset as somebody asks for it. `ttl` absent: that of the set it replaces, else an hour. */
export type WrittenRrset = { name: string; type: string; ttl?: number | undefined; data: readonly string[] };

export const defaultTtlSeconds = 3600;
const ttlMax = 0x7fff_ffff;
/** 65535 without header, question and OPT: the name server takes no RRset over it. */
const setOctetsMax = 64_000;
/** Owner as a pointer, type, class, TTL and length. */
const recordOctets = 12;

/** What the database and the server make themselves, from keys: nobody writes it (RFC 4034 §2, §3, §4; RFC 5155). */
const madeHere: readonly number[] = [TYPE.RRSIG, TYPE.NSEC, TYPE.NSEC3, TYPE.NSEC3PARAM];

const no = (problem: string): { ok: false; problem: string; offset: number } => ({ ok: false, problem, offset: 0 });

/**
 * The owner that is meant in a zone, canonical: `@` is the origin, every other name is a full one, with or without its final dot.
 * A name outside the zone is never completed by guessing.
 */
export function ownerIn(origin: string, written: string): Parsed<string> {
  if (written === "@") return { ok: true, value: origin };
  const name = parseName(written);
  if (!name.ok) return no(`${written}: ${name.problem}`);
  if (isAtOrBelow(name.value, origin)) return name;
  const full = origin === "." ? name.value : `${name.value}.${origin}`;
  return no(`${name.value} is outside the zone ${origin}; write the whole name, such as ${full}, or @ for ${origin}`);
}

/** The type that is meant, of those that can stand in a zone (RFC 6895 §3.1). */
export function typeIn(written: string): Parsed<number> {
  const type = typeNumber(written);
  if (type === undefined)
    return no(`${written} is no record type known here; any type can be written as TYPE<number> with data \\# n hex`);
  if (type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255))
    return no(`${typeName(type)} is a type of messages and questions; it cannot stand in a zone`);
  if (madeHere.includes(type)) return no(`${typeName(type)} records are made when the zone is signed, never written`);
  return { ok: true, value: type };
}

/** An RRset of a zone from the text of a request. `ttlBefore`: that of the set it replaces. */
export function readRrset(origin: string, written: WrittenRrset, ttlBefore: number | undefined): Parsed<Rrset> {
  const name = ownerIn(origin, written.name);
  if (!name.ok) return name;
  const type = typeIn(written.type);
  if (!type.ok) return type;
  const ttl = written.ttl ?? ttlBefore ?? defaultTtlSeconds;
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > ttlMax) return no(`TTL ${ttl}: from 0 to ${ttlMax} s`);
  if (written.data.length === 0)
    return no("no record data: an RRset has at least one record; to take it out, remove it");
  const data = new Map<string, Uint8Array>();
  for (const text of written.data) {
    const isText = type.value === TYPE.TXT || type.value === TYPE.SPF;
    const one = readRdata(origin, type.value, isText ? masterFileText(text) : text);
    if (!one.ok) return no(`${name.value} ${typeName(type.value)}: ${one.problem}`);
    data.set(Buffer.from(one.value).toString("latin1"), one.value);
  }
  const octets = [...data.values()].reduce((sum, one) => sum + one.length + recordOctets, 0);
  if (octets > setOctetsMax)
    return no(
      `${name.value} ${typeName(type.value)}: ${octets} octets in all; more than ${setOctetsMax} fit into no answer`,
    );
  return { ok: true, value: { name: name.value, type: type.value, ttl, data: [...data.values()] } };
}

/**
 * RDATA as in a master file. A name without its final dot is relative to the zone, which is fine for one label; a longer one is
 * nearly always meant as a full name, so it is asked for instead of guessed.
 */
function readRdata(origin: string, type: number, text: string): Parsed<Uint8Array> {
  if (/[\r\n]/.test(text)) return no("a line end in the data; one record is one line");
  const data = rdataFromText(type, text, origin);
  if (!data.ok) return data;
  const written = rdataFromText(type, text, ".");
  const names = rdataNames.get(type);
  if (names === undefined || !written.ok) return data;
  let [at, writtenAt] = [names.before, names.before];
  for (let index = 0; index < names.names; index++) {
    const meant = readWireName(data.value, at, { pointers: "refused" });
    const short = readWireName(written.value, writtenAt, { pointers: "refused" });
    if (!meant.ok || !short.ok) return data;
    if (meant.value.name !== short.value.name && short.value.name.includes("."))
      return no(
        `${short.value.name} has no final dot, so it would be ${meant.value.name}; write ${short.value.name}. with the dot, or the whole ${meant.value.name}.`,
      );
    [at, writtenAt] = [meant.value.end, short.value.end];
  }
  return data;
}
