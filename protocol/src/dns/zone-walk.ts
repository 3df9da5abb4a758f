import { CLASS, TYPE } from "./record.ts";
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
export type WireRecord = { octets: Uint8Array; ownerAt: number; from: number; to: number };

/**
 * Every record of a zone once, for those who write many: the same object filled again for each record, over octets that stay as they are. The
 * records of a name come one after the other, those of the origin first; the order of the other names has no meaning.
 */
export function* zoneWireRecords(content: ZoneContent): Generator<Readonly<WireRecord>, void> {
  const apexPage = content.page(content.apex);
  yield* pageRecords(content, apexPage, content.entry(content.apex), "only");
  for (const page of content.pages()) {
    yield* pageRecords(content, page, page === apexPage ? content.entry(content.apex) : -1, "but");
  }
}

/** The records of a page, of one entry only or of all but that one. */
function* pageRecords(
  content: ZoneContent,
  page: Uint8Array,
  entry: number,
  which: "only" | "but",
): Generator<Readonly<WireRecord>, void> {
  const entries: number[] = [];
  for (let place = 0; place < countOf(page); place++) {
    const each = entryAt(page, place);
    if ((each === entry) === (which === "only") && setCount(page, each) > 0) entries.push(each);
  }
  const octets = new Uint8Array(entries.reduce((sum, each) => sum + wireOctets(content, page, each), 0));
  const writer = { octets, view: new DataView(octets.buffer), at: 0 };
  const record = { octets, ownerAt: 0, from: 0, to: 0 };
  for (const each of entries) {
    record.ownerAt = writer.at;
    writeOctets(writer, page, each + 1, childrenAt(page, each));
    writeOctets(writer, content.origin, 0, content.origin.length);
    const start = writer.at;
    let set = setsAt(page, each);
    for (let left = setCount(page, each); left > 0; left--, set = setEnd(page, set))
      writeSet(writer, content, page, set);
    for (let at = start; at < writer.at; at = record.to) {
      record.from = at;
      record.to = at + fixedOctets + u16(octets, at + 8);
      yield record;
    }
  }
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

type Writer = { readonly octets: Uint8Array; readonly view: DataView; at: number };

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
