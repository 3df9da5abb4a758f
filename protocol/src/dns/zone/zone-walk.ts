import { CLASS, TYPE } from "../record/record.ts";
import type { ZoneContent } from "./zone-content.ts";
import { writeKeyRdata } from "./zone-key.ts";
import {
  childrenAt,
  countOf,
  entryAt,
  fixedOctets,
  FORM,
  keyHeadOctets,
  putU16,
  setCount,
  setEnd,
  setHeadOctets,
  setOctets,
  setsAt,
  u16,
} from "./zone-page.ts";

/** One record in wire form: its owner at `ownerAt` of `octets`, the rest (type, class, TTL, length, RDATA) from `from` to `to`. */
export type WireRecord = { octets: Buffer; ownerAt: number; from: number; to: number };

type Writer = { octets: Buffer; view: DataView; at: number };
const firstOctets = 4096;
const writerOf = (size: number): Writer => {
  const octets = Buffer.allocUnsafeSlow(size);
  return { octets, view: new DataView(octets.buffer, octets.byteOffset), at: 0 };
};

/**
 * Every record of a zone once, for those who write many: the same object filled again for each record. The records of a name come one after
 * the other, those of the origin first; the order of the other names has no meaning. The octets of a name stay as they are until the name
 * after the next.
 */
export function* zoneWireRecords(content: ZoneContent): Generator<Readonly<WireRecord>, void> {
  const writers: [Writer, Writer] = [writerOf(firstOctets), writerOf(firstOctets)];
  const apexPage = content.page(content.apex);
  const apexEntry = content.entry(content.apex);
  const record = { octets: writers[0].octets, ownerAt: 0, from: 0, to: 0 };
  let end = writeEntry(record, content, apexPage, apexEntry, writers);
  while (nextRecord(record, end)) yield record;
  for (const page of content.pages()) {
    for (let place = 0; place < countOf(page); place++) {
      const entry = entryAt(page, place);
      if ((page === apexPage && entry === apexEntry) || setCount(page, entry) === 0) continue;
      end = writeEntry(record, content, page, entry, writers);
      while (nextRecord(record, end)) yield record;
    }
  }
}

/** Writes a name and its records over those that were written before the last ones. Answers where they end; `record` stands before the first. */
function writeEntry(
  record: WireRecord,
  content: ZoneContent,
  page: Uint8Array,
  entry: number,
  writers: [Writer, Writer],
): number {
  const [last, before] = writers;
  const size = wireOctets(content, page, entry);
  const writer = size > before.octets.length ? writerOf(2 * size) : before;
  writers[0] = writer;
  writers[1] = last;
  writer.at = 0;
  writeOctets(writer, page, entry + 1, childrenAt(page, entry));
  writeOctets(writer, content.origin, 0, content.origin.length);
  record.octets = writer.octets;
  record.to = writer.at;
  let set = setsAt(page, entry);
  for (let left = setCount(page, entry); left > 0; left--, set = setEnd(page, set))
    writeSet(writer, content, page, set);
  return writer.at;
}

function nextRecord(record: WireRecord, end: number): boolean {
  if (record.to >= end) return false;
  record.from = record.to;
  record.to = record.from + fixedOctets + u16(record.octets, record.from + 8);
  return true;
}

/** Octets of a name and its records in wire form. */
function wireOctets(content: ZoneContent, page: Uint8Array, entry: number): number {
  let octets = page[entry]! + content.origin.length;
  let set = setsAt(page, entry);
  for (let left = setCount(page, entry); left > 0; left--, set = setEnd(page, set)) {
    octets += setOctets(page, set, content.templates);
  }
  return octets;
}

function writeOctets(writer: Writer, from: Uint8Array, start: number, end: number): void {
  if (end - start > 48) {
    writer.octets.set(from.subarray(start, end), writer.at);
    writer.at += end - start;
  } else {
    for (let at = start; at < end; at++) writer.octets[writer.at++] = from[at]!;
  }
}

function writeSet(writer: Writer, content: ZoneContent, page: Uint8Array, set: number): void {
  const at = set + setHeadOctets;
  const end = setEnd(page, set);
  if (page[set + 2] !== FORM.key) {
    writeOctets(writer, page, at, end);
    return;
  }
  const { octets, view, at: to } = writer;
  putU16(octets, to, TYPE.TXT);
  putU16(octets, to + 2, CLASS.IN);
  for (let octet = 0; octet < 4; octet++) octets[to + 4 + octet] = page[at + octet]!;
  const template = content.templates[u16(page, at + 4)]!;
  writer.at = writeKeyRdata(octets, view, to + fixedOctets, template, page, at + keyHeadOctets, end);
  putU16(octets, to + 8, writer.at - to - fixedOctets);
}
