import { readSoa, TYPE } from "../record/record.ts";
import type { ZoneCounts } from "./zone-counts.ts";
import type { KeyTemplate } from "./zone-key.ts";
import type { LookupName } from "../name/lookup-name.ts";
import { hashBits } from "../name/name-hash.ts";
import {
  childrenAt,
  entryAt,
  findPlace,
  fixedOctets,
  placeBits,
  placeOf,
  readSet,
  readSets,
  setCount,
  setEnd,
  setHeadOctets,
  setsAt,
  u16,
  u32,
  type RecordSet,
} from "./zone-page.ts";

/** Pages stand in groups of so many, so that a change copies two short lists and not one long one. */
export const groupBits = 7;
export type ContentParts = {
  /** Wire form, lower-case. */
  readonly origin: Uint8Array;
  readonly originLabels: number;
  /** Leading bits of a hash that number a page. */
  readonly depth: number;
  /** A page that fewer bits are enough for stands there several times. */
  readonly groups: readonly (readonly Uint8Array[])[];
  readonly templates: readonly KeyTemplate[];
  readonly counts: ZoneCounts;
};

/**
 * The names and records of one version of a zone. A node is a name that exists: it has records or a descendant has (RFC 8020). It is a
 * number that means something in this version only. A set is an RRset: where it starts in the page of its node.
 */
export class ZoneContent {
  readonly parts: ContentParts;
  readonly origin: Uint8Array;
  readonly originLabels: number;
  readonly templates: readonly KeyTemplate[];
  readonly hasWildcards: boolean;
  /** Whether there are zone cuts or DNAME records. */
  readonly hasCovers: boolean;
  /** By number of labels, how many names have one. */
  readonly covers: Uint32Array;
  /** The node of the origin. */
  readonly apex: number;
  /** TTL of the SOA in negative answers: the lower of its own and its minimum (RFC 2308 §5). */
  readonly negativeTtl: number;
  /** The type of the records with which the zone denies what it has not; undefined when it holds none. */
  readonly denialType: typeof TYPE.NSEC | typeof TYPE.NSEC3 | undefined;
  readonly #groups: readonly (readonly Uint8Array[])[];
  readonly #shift: number;
  readonly #originOctets: number;

  /** `apex`: the origin. Without a SOA record there this is of no use but to look for names. */
  constructor(parts: ContentParts, apex: LookupName) {
    this.parts = parts;
    this.origin = parts.origin;
    this.originLabels = parts.originLabels;
    this.templates = parts.templates;
    this.hasWildcards = parts.counts.wildcards > 0;
    this.covers = parts.counts.covers;
    this.hasCovers = this.covers.some((count) => count > 0);
    this.#groups = parts.groups;
    this.#shift = hashBits - parts.depth;
    this.#originOctets = parts.origin.length;
    this.apex = this.find(apex, 0);
    const at = this.apex < 0 ? -1 : this.findSet(this.apex, TYPE.SOA);
    const soa = at < 0 ? undefined : this.set(this.apex, at);
    const types = at < 0 ? [] : this.types(this.apex);
    const hasNsec3 = types.includes(TYPE.NSEC3PARAM);
    this.denialType = types.includes(TYPE.NSEC) ? TYPE.NSEC : hasNsec3 ? TYPE.NSEC3 : undefined;
    this.negativeTtl = soa ? Math.min(soa.ttl, readSoa(soa.data[0]!).minimum) : 0;
  }

  /** The node of the name without its first `label` labels, or -1. The name has to be in the zone, or above it. */
  find(name: LookupName, label: number): number {
    const from = name.labelAt(label);
    return this.findOctets(name.hash(label), name.octets, from, name.length - from - this.#originOctets);
  }

  /** The node of a name given by its hash and its octets without the origin, or -1. */
  findOctets(hash: number, octets: Uint8Array, from: number, length: number): number {
    const number = hash >>> this.#shift;
    const page = this.#groups[number >> groupBits]![number & ((1 << groupBits) - 1)]!;
    const place = findPlace(page, hash, octets, from, length);
    return place < 0 ? -1 : (number << placeBits) | place;
  }

  /** The octets in which a node and its sets lie. */
  page(node: number): Uint8Array {
    const number = node >> placeBits;
    return this.#groups[number >> groupBits]![number & ((1 << groupBits) - 1)]!;
  }

  /** Where the entry of a node starts in its page. */
  entry(node: number): number {
    return entryAt(this.page(node), placeOf(node));
  }

  /** How many names one label below a node exist. */
  children(node: number): number {
    const page = this.page(node);
    return u32(page, childrenAt(page, this.entry(node)));
  }

  /** The set of that type at a node, or -1. */
  findSet(node: number, type: number): number {
    const page = this.page(node);
    const entry = this.entry(node);
    let at = setsAt(page, entry);
    for (let left = setCount(page, entry); left > 0; left--) {
      if (u16(page, at) === type) return at;
      at = setEnd(page, at);
    }
    return -1;
  }

  /** The set of the lowest type, or -1 at a node without records. */
  firstSet(node: number): number {
    const page = this.page(node);
    const entry = this.entry(node);
    return setCount(page, entry) > 0 ? setsAt(page, entry) : -1;
  }

  typeOf(node: number, set: number): number {
    return u16(this.page(node), set);
  }

  setCount(node: number): number {
    return setCount(this.page(node), this.entry(node));
  }

  /** The types of the sets of a node, ascending. */
  types(node: number): number[] {
    const page = this.page(node);
    let at = setsAt(page, this.entry(node));
    return Array.from({ length: this.setCount(node) }, () => {
      const type = u16(page, at);
      at = setEnd(page, at);
      return type;
    });
  }

  /** Where the RDATA of the first record of a set starts in the page. Not for TXT, which may be held in another form. */
  rdataAt(set: number): number {
    return set + setHeadOctets + fixedOctets;
  }

  /** A set, its RDATA shared with the zone where that can be. */
  set(node: number, set: number): RecordSet {
    return readSet(this.page(node), set, this.templates);
  }

  /** All sets of a node, ordered by type. */
  sets(node: number): RecordSet[] {
    const page = this.page(node);
    return readSets(page, this.entry(node), this.templates);
  }

  /** Octets that all names and records take. */
  octets(): number {
    let octets = 0;
    for (const page of this.pages()) octets += page.length;
    return octets;
  }

  /** Each page once. */
  *pages(): Generator<Uint8Array> {
    let before: Uint8Array | undefined;
    for (const group of this.#groups) {
      for (const page of group) {
        if (page !== before) yield page;
        before = page;
      }
    }
  }
}
