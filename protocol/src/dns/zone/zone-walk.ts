import { CLASS, TYPE } from "../record/record.ts";
import type { ZoneContent } from "./zone-content.ts";
import { keyRdataOctets, writeKeyRdata, type KeyTemplate } from "./zone-key.ts";
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
  setsAt,
  u16,
} from "./zone-page.ts";

/** One record, still where the zone holds it. */
export type WireRecord = {
  /** In wire form, letters lowered. The records of a name share the array. */
  owner: Uint8Array;
  type: number;
  /** From `from` to `to` of this stands the rest (type, class, TTL, length, RDATA), or what a page holds of a key. */
  octets: Uint8Array;
  from: number;
  to: number;
  /** Of a key; of any other record undefined. */
  template: KeyTemplate | undefined;
};

const nameOctetsMax = 255;
/** Fewer octets are copied faster one by one. */
const copyOctetsMin = 48;

/**
 * Every record of a zone once, for those who write many: the same object filled again for each record. The records of a name come one after
 * the other, those of the origin first; the order of the other names has no meaning. The octets of a name stay as they are until the name
 * after the next.
 */
export function* zoneWireRecords(content: ZoneContent): Generator<Readonly<WireRecord>, void> {
  const walk = new RecordWalk(content);
  const apexPage = content.page(content.apex);
  const apexEntry = content.entry(content.apex);
  walk.enter(apexPage, apexEntry);
  while (walk.next()) yield walk.record;
  for (const page of content.pages()) {
    for (let place = 0; place < countOf(page); place++) {
      const entry = entryAt(page, place);
      if (page === apexPage && entry === apexEntry) continue;
      walk.enter(page, entry);
      while (walk.next()) yield walk.record;
    }
  }
}

/** Goes through the records of one name after the other. */
class RecordWalk {
  readonly record: WireRecord;
  readonly #content: ZoneContent;
  #lastOwner: Uint8Array = new Uint8Array(nameOctetsMax);
  /** The RRset after the one that the record is of, and how many are left from there. */
  #set = 0;
  #setsLeft = 0;
  /** Where the RRset of the record ends. */
  #end = 0;

  constructor(content: ZoneContent) {
    this.#content = content;
    const owner = new Uint8Array(nameOctetsMax);
    this.record = { owner, type: 0, octets: content.origin, from: 0, to: 0, template: undefined };
  }

  /** Stands before the first record of that name. */
  enter(page: Uint8Array, entry: number): void {
    const { record } = this;
    this.#set = setsAt(page, entry);
    this.#setsLeft = setCount(page, entry);
    record.octets = page;
    record.to = 0;
    this.#end = 0;
    if (this.#setsLeft === 0) return;
    const owner = this.#lastOwner;
    this.#lastOwner = record.owner;
    record.owner = owner;
    const { origin } = this.#content;
    const at = copyOctets(owner, 0, page, entry + 1, childrenAt(page, entry));
    copyOctets(owner, at, origin, 0, origin.length);
  }

  /** Whether there is one more. */
  next(): boolean {
    const { record } = this;
    const page = record.octets;
    if (record.to < this.#end) {
      record.from = record.to;
    } else {
      if (this.#setsLeft === 0) return false;
      const set = this.#set;
      record.type = u16(page, set);
      record.from = set + setHeadOctets;
      const isKey = page[set + 2] === FORM.key;
      record.template = isKey ? this.#content.templates[u16(page, record.from + 4)]! : undefined;
      this.#set = this.#end = setEnd(page, set);
      this.#setsLeft--;
    }
    record.to = record.template ? this.#end : record.from + fixedOctets + u16(page, record.from + 8);
    return true;
  }
}

/** Octets of a record behind its owner. */
export const wireOctets = ({ from, to, template }: WireRecord): number =>
  template ? fixedOctets + keyRdataOctets(template, to - from - keyHeadOctets) : to - from;

/** Writes a record without its owner at `at` of `out`; answers where it ends. The caller sees to the room for it. */
export function writeRecord(out: Uint8Array, at: number, { octets, from, to, template }: WireRecord): number {
  if (!template) return copyOctets(out, at, octets, from, to);
  putU16(out, at, TYPE.TXT);
  putU16(out, at + 2, CLASS.IN);
  copyOctets(out, at + 4, octets, from, from + 4);
  const end = writeKeyRdata(out, at + fixedOctets, template, octets, from + keyHeadOctets, to);
  putU16(out, at + 8, end - at - fixedOctets);
  return end;
}

function copyOctets(out: Uint8Array, at: number, octets: Uint8Array, from: number, to: number): number {
  if (to - from >= copyOctetsMin) out.set(octets.subarray(from, to), at);
  else for (let index = from; index < to; index++) out[at + index - from] = octets[index]!;
  return at + to - from;
}
