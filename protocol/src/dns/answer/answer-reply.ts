import { headerOctets } from "../message/query.ts";
import { CLASS, rdataNames, TYPE } from "../record/record.ts";
import type { ZoneContent } from "../zone/zone-content.ts";
import { writeKeyRdata } from "../zone/zone-key.ts";
import { fixedOctets, FORM, keyHeadOctets, setEnd, setHeadOctets, u16 } from "../zone/zone-page.ts";

/** RFC 1035 §4.1.4: a pointer has fourteen bits. */
const pointerTargetMax = 0x3fff;
/** Names remembered for compression; it bounds the work of one reply (RFC 9267 tells what happens without). */
const placesMax = 96;
/** A full message, and one record more that turns out not to fit. */
const bufferOctets = 2 * 65_535 + 2048;

export type Section = "answer" | "authority" | "additional";
const countAt: Readonly<Record<Section, number>> = { answer: 6, authority: 8, additional: 10 };

/** A reply being written, in one buffer that is used again for every reply. */
export class Reply {
  readonly octets = new Uint8Array(bufferOctets);
  at = 0;
  /** Where the records have to end. */
  limit = 0;
  rcode = 0;
  authoritative = false;
  truncated = false;
  /** The client and the zone know compact denials with NXDOMAIN (RFC 9824 §5.1). */
  compactOk = false;
  /** The name asked for does not exist, whatever the RCODE says (RFC 9824). */
  deniesName = false;
  /** Signatures that belong into it were not made. */
  lacksSignatures = false;
  /** Where the record written last has its type, behind the owner. */
  recordAt = 0;
  /** An offset that a pointer to the name written last can lead to. */
  nameAt = 0;
  readonly #places = new Uint16Array(placesMax);
  #placeCount = 0;

  /** Begins with the header and the question as they came, the letters of the question kept. */
  start(query: Uint8Array, questionEnd: number, limit: number): void {
    for (let at = 0; at < questionEnd; at++) this.octets[at] = query[at]!;
    for (let at = 4; at < headerOctets; at++) this.octets[at] = 0;
    this.octets[5] = questionEnd > headerOctets ? 1 : 0;
    this.at = questionEnd;
    this.limit = limit;
    this.rcode = 0;
    this.authoritative = false;
    this.truncated = false;
    this.compactOk = false;
    this.deniesName = false;
    this.lacksSignatures = false;
    this.#placeCount = 0;
  }

  /** The labels of the question become targets for compression. Not done at once, since most answers need none. */
  #rememberQuestion(): void {
    if (this.#placeCount > 0) return;
    for (let at = headerOctets; this.octets[at] !== 0; at += this.octets[at]! + 1) this.#remember(at);
  }

  get overflowed(): boolean {
    return this.at > this.limit;
  }

  /** Appends an RRset of a zone. The owner is a pointer to `ownerAt`. Stops when the message is too long; the caller looks at `overflowed`. */
  set(section: Section, ownerAt: number, content: ZoneContent, node: number, set: number): void {
    const page = content.page(node);
    if (page[set + 2] === FORM.key) {
      this.pointer(ownerAt);
      this.#key(section, content, page, set);
    } else {
      this.records(section, ownerAt, page, set + setHeadOctets, setEnd(page, set));
    }
  }

  /** The same with an owner in wire form at `ownerAt` of `owners`. */
  namedSet(
    section: Section,
    owners: Uint8Array,
    ownerAt: number,
    content: ZoneContent,
    node: number,
    set: number,
  ): void {
    const page = content.page(node);
    if (page[set + 2] === FORM.key) {
      this.name(owners, ownerAt, "any");
      this.#key(section, content, page, set);
    } else {
      this.namedRecords(section, owners, ownerAt, page, set + setHeadOctets, setEnd(page, set));
    }
  }

  /** Appends records without owner: type, class, TTL, length, RDATA. The owner is a pointer to `ownerAt`. */
  records(section: Section, ownerAt: number, octets: Uint8Array, from = 0, to = octets.length): void {
    for (let at = from; at < to && !this.overflowed;) {
      this.pointer(ownerAt);
      at = this.#record(section, octets, at);
    }
  }

  /** The same with an owner in wire form at `ownerAt` of `owners`. */
  namedRecords(
    section: Section,
    owners: Uint8Array,
    ownerAt: number,
    octets: Uint8Array,
    from = 0,
    to = octets.length,
  ): void {
    for (let at = from; at < to && !this.overflowed;) {
      this.name(owners, ownerAt, "any");
      at = this.#record(section, octets, at);
    }
  }

  /** The TXT record of a key, from its octets. */
  #key(section: Section, content: ZoneContent, page: Uint8Array, set: number): void {
    const at = set + setHeadOctets;
    this.recordAt = this.at;
    this.count(section);
    this.u16(TYPE.TXT);
    this.u16(CLASS.IN);
    this.#copy(page, at, at + 4);
    const start = this.at + 2;
    const template = content.templates[u16(page, at + 4)]!;
    this.at = writeKeyRdata(this.octets, start, template, page, at + keyHeadOctets, setEnd(page, set));
    this.octets[start - 2] = (this.at - start) >> 8;
    this.octets[start - 1] = this.at - start;
  }

  #record(section: Section, zone: Uint8Array, at: number): number {
    const end = at + fixedOctets + ((zone[at + 8]! << 8) | zone[at + 9]!);
    const layout = rdataNames.get((zone[at]! << 8) | zone[at + 1]!);
    this.recordAt = this.at;
    this.count(section);
    if (layout?.compress) this.#compressed(zone, at, end, layout.before, layout.names);
    else this.#copy(zone, at, end);
    return end;
  }

  #compressed(zone: Uint8Array, from: number, end: number, before: number, names: number): void {
    let at = from + fixedOctets + before;
    this.#copy(zone, from, at);
    for (let name = 0; name < names; name++) {
      this.name(zone, at, "exact");
      while (zone[at] !== 0) at += zone[at]! + 1;
      at++;
    }
    this.#copy(zone, at, end);
    const length = this.at - this.recordAt - fixedOctets;
    this.octets[this.recordAt + 8] = length >> 8;
    this.octets[this.recordAt + 9] = length;
  }

  #copy(zone: Uint8Array, from: number, end: number): void {
    if (end - from > 48) {
      this.octets.set(zone.subarray(from, end), this.at);
      this.at += end - from;
    } else {
      for (let at = from; at < end; at++) this.octets[this.at++] = zone[at]!;
    }
  }

  count(section: Section): void {
    const at = countAt[section] + 1;
    if (this.octets[at]!++ === 0xff) this.octets[at - 1]!++;
  }

  u16(value: number): void {
    this.octets[this.at++] = value >> 8;
    this.octets[this.at++] = value;
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  pointer(target: number): void {
    this.octets[this.at++] = 0xc0 | (target >> 8);
    this.octets[this.at++] = target;
  }

  /**
   * Writes an uncompressed name, as far as possible as a pointer to one that stands in the message already. "exact" keeps the letters that
   * the zone has; an owner may take those of the question.
   */
  name(from: Uint8Array, at: number, letters: "exact" | "any"): void {
    this.#rememberQuestion();
    this.nameAt = this.at;
    const known = this.#placeCount; // a name is no target before it is whole
    for (;;) {
      const size = from[at]!;
      if (size === 0) {
        this.octets[this.at++] = 0;
        return;
      }
      const place = this.#find(from, at, letters, known);
      if (place >= 0) {
        if (this.at === this.nameAt) this.nameAt = place;
        this.pointer(place);
        return;
      }
      this.#remember(this.at);
      for (const end = at + size; at <= end; at++) this.octets[this.at++] = from[at]!;
    }
  }

  #remember(at: number): void {
    if (at <= pointerTargetMax && this.#placeCount < placesMax) this.#places[this.#placeCount++] = at;
  }

  #find(from: Uint8Array, at: number, letters: "exact" | "any", known: number): number {
    for (let index = 0; index < known; index++) {
      if (this.#matches(this.#places[index]!, from, at, letters)) return this.#places[index]!;
    }
    return -1;
  }

  /** Whether the name at `place` of the message, which we wrote, is the one at `at` of `from`. */
  #matches(place: number, from: Uint8Array, at: number, letters: "exact" | "any"): boolean {
    const { octets } = this;
    for (;;) {
      while (octets[place]! >= 0xc0) place = ((octets[place]! & 0x3f) << 8) | octets[place + 1]!;
      const size = octets[place]!;
      if (size !== from[at]) return false;
      if (size === 0) return true;
      for (const end = at + size; at < end;) {
        const ours = octets[++place]!;
        const theirs = from[++at]!;
        if (ours !== theirs && (letters === "exact" || lower(ours) !== lower(theirs))) return false;
      }
      place++;
      at++;
    }
  }

  /** Where the writer stands, for `rewind`. */
  mark(): { at: number; places: number; additional: number } {
    return { at: this.at, places: this.#placeCount, additional: this.octets[11]! + 256 * this.octets[10]! };
  }

  /** Takes back the additional records written since the mark. */
  rewind({ at, places, additional }: { at: number; places: number; additional: number }): void {
    this.at = at;
    this.#placeCount = places;
    this.octets[10] = additional >> 8;
    this.octets[11] = additional;
  }

  /** Nothing but the question is left, and TC says so (RFC 2181 §9). */
  truncate(questionEnd: number): void {
    this.empty(questionEnd);
    this.truncated = true;
  }

  /** Nothing but the question is left. */
  empty(questionEnd: number): void {
    this.at = questionEnd;
    for (let at = 6; at < headerOctets; at++) this.octets[at] = 0;
  }
}

const lower = (octet: number): number => (octet >= 65 && octet <= 90 ? octet + 32 : octet);
