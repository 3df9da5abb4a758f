import { TYPE } from "../record/record.ts";
import { keyRdata, type KeyTemplate } from "./zone-key.ts";

/*
 * The names of a zone are spread over pages by the hash of the whole name. A page is one array of octets that never changes:
 *
 *   depth: 1 octet, how many leading bits of the hash all its names have in common
 *   count: 3 octets
 *   index: for each name, in the order of the hashes: hash (4), where its entry starts (4)
 *   entries, in the same order, with nothing between: length of the name without the origin (1), the name in wire form without a final
 *     zero, number of names one label below it that exist (4), number of RRsets (2), the RRsets ordered by type
 *   an RRset: type (2), form (1), length of what follows (3), then
 *     plain: records without owner (type, class, TTL, length, RDATA), ready to be copied into a message
 *     key: TTL (4), number of the template (2), octets of the key: one TXT record
 */
export const headOctets = 4;
export const indexOctets = 8;
export const setHeadOctets = 6;
/** Type, class, TTL and length of a record. */
export const fixedOctets = 10;
export const keyHeadOctets = 6;
export const FORM = { plain: 0, key: 1 } as const;
/** A node is a page and a place in its index: so many bits are for the place. */
export const placeBits = 12;
/** The place of a node in the index of its page. */
export const placeOf = (node: number): number => node & ((1 << placeBits) - 1);
export const pageNodesMax = 1 << placeBits;

export const u16 = (octets: Uint8Array, at: number): number => (octets[at]! << 8) | octets[at + 1]!;
export const u24 = (octets: Uint8Array, at: number): number =>
  (octets[at]! << 16) | (octets[at + 1]! << 8) | octets[at + 2]!;
export const u32 = (octets: Uint8Array, at: number): number =>
  ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
/** Of a number below 2³¹. */
const u31 = (octets: Uint8Array, at: number): number =>
  (octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!;

export function putU16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >> 8;
  octets[at + 1] = value;
}
export function putU24(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >> 16;
  putU16(octets, at + 1, value);
}
export function putU32(octets: Uint8Array, at: number, value: number): void {
  putU16(octets, at, value >>> 16);
  putU16(octets, at + 2, value);
}

export const depthOf = (page: Uint8Array): number => page[0]!;
export const countOf = (page: Uint8Array): number => u24(page, 1);
export const hashAt = (page: Uint8Array, place: number): number => u31(page, headOctets + indexOctets * place);
export const entryAt = (page: Uint8Array, place: number): number => u31(page, headOctets + indexOctets * place + 4);
/** Where the entry ends. */
export const entryEnd = (page: Uint8Array, place: number): number =>
  place + 1 < countOf(page) ? entryAt(page, place + 1) : page.length;
/** The name of an entry without the origin. */
export const nameAt = (page: Uint8Array, entry: number): Uint8Array =>
  page.subarray(entry + 1, entry + 1 + page[entry]!);
/** Where the number of children stands, behind the name. */
export const childrenAt = (page: Uint8Array, entry: number): number => entry + 1 + page[entry]!;
/** Where the first RRset of an entry starts. */
export const setsAt = (page: Uint8Array, entry: number): number => entry + page[entry]! + 7;
export const setCount = (page: Uint8Array, entry: number): number => u16(page, entry + page[entry]! + 5);
export const setEnd = (page: Uint8Array, set: number): number => set + setHeadOctets + u24(page, set + 3);

/**
 * The place of a name, given by its hash and its octets from `from` on, `length` of them; or -1. Hashes are spread evenly, so the place is
 * guessed and then looked for in the neighbourhood.
 */
export function findPlace(page: Uint8Array, hash: number, name: Uint8Array, from: number, length: number): number {
  const count = u24(page, 1);
  let place = (((hash << (page[0]! + 1)) >>> 16) * count) >>> 16;
  while (place > 0 && hashAt(page, place - 1) >= hash) place--;
  for (; place < count; place++) {
    const found = hashAt(page, place);
    if (found < hash) continue;
    if (found > hash) return -1;
    if (hasName(page, entryAt(page, place), name, from, length)) return place;
  }
  return -1;
}

function hasName(page: Uint8Array, entry: number, name: Uint8Array, from: number, length: number): boolean {
  if (page[entry] !== length) return false;
  for (let at = 0; at < length; at++) if (page[entry + 1 + at] !== name[from + at]) return false;
  return true;
}

/** An RRset outside of a page: its type, its TTL and the RDATA of each record. */
export type RecordSet = { type: number; ttl: number; data: Uint8Array[] };

/**
 * The TTL of a record in an RRset with that TTL. A signature has the one that it signs instead, since it goes with the records that it
 * covers and not with the other signatures at its name (RFC 4034 §3).
 */
export const recordTtl = (type: number, setTtl: number, rdata: Uint8Array): number =>
  type !== TYPE.RRSIG ? setTtl : rdata[4]! < 0x80 ? u32(rdata, 4) : 0; // RFC 2181 §8

/** The RRset at `set`, its RDATA shared with the page where that has it as it is. */
export function readSet(page: Uint8Array, set: number, templates: readonly KeyTemplate[]): RecordSet {
  const type = u16(page, set);
  const end = setEnd(page, set);
  let at = set + setHeadOctets;
  if (page[set + 2] === FORM.key) {
    const body = page.subarray(at + keyHeadOctets, end);
    return { type, ttl: u32(page, at), data: [keyRdata(templates[u16(page, at + 4)]!, body)] };
  }
  const ttl = u32(page, at + 4);
  const data: Uint8Array[] = [];
  while (at < end) {
    const next = at + fixedOctets + u16(page, at + 8);
    data.push(page.subarray(at + fixedOctets, next));
    at = next;
  }
  return { type, ttl, data };
}

/** All RRsets of an entry, ordered by type. */
export function readSets(page: Uint8Array, entry: number, templates: readonly KeyTemplate[]): RecordSet[] {
  const sets: RecordSet[] = [];
  let at = setsAt(page, entry);
  for (let left = setCount(page, entry); left > 0; left--, at = setEnd(page, at)) {
    sets.push(readSet(page, at, templates));
  }
  return sets;
}

/** An entry on its way into a page. */
export type Entry = { hash: number; octets: Uint8Array; from: number; end: number };

/** A page of these entries, which are in the order of their hashes. */
export function pageOf(depth: number, entries: readonly Entry[]): Uint8Array {
  let at = headOctets + indexOctets * entries.length;
  const page = new Uint8Array(entries.reduce((sum, { from, end }) => sum + end - from, at));
  page[0] = depth;
  putU24(page, 1, entries.length);
  for (const [place, { hash, octets, from, end }] of entries.entries()) {
    putU32(page, headOctets + indexOctets * place, hash);
    putU32(page, headOctets + indexOctets * place + 4, at);
    page.set(octets.subarray(from, end), at);
    at += end - from;
  }
  return page;
}

/** The entries of a page, none copied. */
export const entriesOf = (page: Uint8Array): Entry[] =>
  Array.from({ length: countOf(page) }, (_, place) => ({
    hash: hashAt(page, place),
    octets: page,
    from: entryAt(page, place),
    end: entryEnd(page, place),
  }));
