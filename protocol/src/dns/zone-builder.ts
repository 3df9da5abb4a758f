import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { TYPE, typeName } from "./record.ts";
import { ZoneContent } from "./zone-content.ts";
import { noCounts, recounted } from "./zone-counts.ts";
import { depthFor, groupsOf } from "./zone-directory.ts";
import { nameText } from "./zone-draft.ts";
import { EntryWriter, rdataProblem, setsProblem, Templates } from "./zone-entry.ts";
import { hashBits, LookupName, NameTable } from "./zone-names.ts";
import { pageNodesMax, pageOf, type Entry, type RecordSet } from "./zone-page.ts";

const recordsMax = 50_000_000;
const ttlMax = 0x7fff_ffff;
const warningsMax = 100;
/** More than the largest RDATA. */
const chunkOctets = 1 << 20;
/** About ten milliseconds. */
const nodesPerTurn = 10_000;

/** Takes the records of a zone in any order, then lays them out in pages. A problem is a sentence. */
export class ZoneBuilder {
  readonly warnings: string[] = [];
  readonly #origin: LookupName;
  /** All names that exist; the origin is 0. Of each, how many names one label below it exist. */
  readonly #names = new NameTable();
  readonly #children: number[] = [];
  /** Of each record: node, type, TTL, RDATA. */
  readonly #owners: number[] = [];
  readonly #types: number[] = [];
  readonly #ttls: number[] = [];
  readonly #rdata = new RdataStore();

  constructor(origin: LookupName) {
    this.#origin = new LookupName();
    this.#origin.read(origin.octets, 0);
    this.#addNode(origin, 0);
  }

  /** Takes one record. Answers a problem, or undefined. */
  add(owner: LookupName, type: number, ttl: number, data: Uint8Array): string | undefined {
    const node = this.#nodeOf(owner);
    if (node < 0) return "name outside the zone";
    if (this.#owners.length === recordsMax) return "too many records";
    const problem = rdataProblem(type, data);
    if (problem !== undefined) return problem;
    this.#owners.push(node);
    this.#types.push(type);
    this.#ttls.push(servedTtl(ttl));
    this.#rdata.add(data);
    return undefined;
  }

  /** The node of a name, made with all its ancestors when it is new; -1 outside the zone. */
  #nodeOf(name: LookupName): number {
    const apexLabel = name.labels - this.#origin.labels;
    if (apexLabel < 0) return -1;
    let label = 0;
    let node = this.#names.find(name, 0);
    while (node < 0 && label < apexLabel) node = this.#names.find(name, ++label);
    while (node >= 0 && label > 0) {
      this.#children[node]!++;
      node = this.#addNode(name, --label);
    }
    return node;
  }

  #addNode(name: LookupName, label: number): number {
    this.#children.push(0);
    return this.#names.add(name, label);
  }

  /** Lays the records out. Stops now and then, so that a caller with other things to do can do them: a large zone takes seconds. */
  *finish(): Generator<undefined, Parsed<ZoneContent>> {
    const { order, starts } = this.#byNodeAndType();
    const setsOf = (node: number): RecordSet[] => this.#sets(order.subarray(starts[node], starts[node + 1]));
    const count = this.#names.count;
    const depth = depthFor(count);
    const templates = new Templates([]);
    for (let node = 0; node < count; node++) {
      const sets = setsOf(node);
      const problem = setsProblem(sets, node === 0);
      if (problem !== undefined) return unparsed(`${this.#textOf(node)}: ${problem}`, 0);
      if (node % nodesPerTurn === nodesPerTurn - 1) yield;
    }
    if (!setsOf(0).some(({ type }) => type === TYPE.SOA)) return unparsed("no SOA", 0);
    const warned = this.warnings.length;
    const pages: Uint8Array[] = [];
    const originLabels = this.#origin.labels;
    let counts = noCounts;
    let laidOut = 0;
    for (const nodes of this.#nodesByPage(depth)) {
      laidOut += nodes.length;
      if (laidOut >= nodesPerTurn) {
        laidOut = 0;
        yield;
      }
      if (nodes.length >= pageNodesMax) return unparsed("too many names with the same hash", 0);
      const page = this.#page(depth, nodes, setsOf, templates);
      counts = recounted(counts, originLabels, [], [page]);
      pages.push(page);
    }
    this.warnings.length = warned; // the sets were looked at twice
    const parts = {
      origin: this.#origin.octets.slice(0, this.#origin.length),
      originLabels,
      depth,
      groups: groupsOf(pages),
      templates: templates.list,
      counts,
    };
    return parsed(new ZoneContent(parts, this.#origin));
  }

  /** The nodes of each page in the order of their hashes. */
  *#nodesByPage(depth: number): Generator<Uint32Array> {
    const count = this.#names.count;
    const starts = new Uint32Array((1 << depth) + 1);
    const pageOfNode = (node: number): number => this.#names.hash(node) >>> (hashBits - depth);
    for (let node = 0; node < count; node++) starts[pageOfNode(node) + 1]!++;
    for (let page = 0; page < 1 << depth; page++) starts[page + 1]! += starts[page]!;
    const nodes = new Uint32Array(count);
    const next = starts.slice();
    for (let node = 0; node < count; node++) nodes[next[pageOfNode(node)]!++] = node;
    for (let page = 0; page < 1 << depth; page++) {
      yield nodes
        .subarray(starts[page], starts[page + 1])
        .sort((one, other) => this.#names.hash(one) - this.#names.hash(other));
    }
  }

  #page(depth: number, nodes: Uint32Array, setsOf: (node: number) => RecordSet[], templates: Templates): Uint8Array {
    const writer = new EntryWriter(templates);
    const ends: number[] = [];
    for (const node of nodes) {
      writer.entry(this.#nameOf(node), this.#children[node]!, setsOf(node));
      ends.push(writer.length);
    }
    const entries = [...nodes].map((node, index): Entry => ({
      hash: this.#names.hash(node),
      octets: writer.octets,
      from: ends[index - 1] ?? 0,
      end: ends[index]!,
    }));
    return pageOf(depth, entries);
  }

  #nameOf(node: number): Uint8Array {
    const { octets, count } = this.#names;
    const start = this.#names.start(node);
    const end = node + 1 < count ? this.#names.start(node + 1) : this.#names.octetsUsed;
    return octets.subarray(start, end - this.#origin.length);
  }

  #textOf(node: number): string {
    return nameText(this.#nameOf(node), this.#origin.octets.subarray(0, this.#origin.length));
  }

  /** The records ordered by node, then type; those of one RRset stay in the order given. A counting sort, so linear. */
  #byNodeAndType(): { order: Uint32Array; starts: Uint32Array } {
    const count = this.#names.count;
    const starts = new Uint32Array(count + 1);
    for (const node of this.#owners) starts[node + 1]!++;
    for (let node = 0; node < count; node++) starts[node + 1]! += starts[node]!;
    const order = new Uint32Array(this.#owners.length);
    const next = starts.slice();
    for (let record = 0; record < this.#owners.length; record++) order[next[this.#owners[record]!]!++] = record;
    for (let node = 0; node < count; node++) {
      if (starts[node + 1]! - starts[node]! < 2) continue;
      order.subarray(starts[node], starts[node + 1]).sort((a, b) => this.#types[a]! - this.#types[b]! || a - b);
    }
    return { order, starts };
  }

  /** The RRsets of one node's records. */
  #sets(records: Uint32Array): RecordSet[] {
    const sets: RecordSet[] = [];
    for (let first = 0; first < records.length;) {
      const type = this.#types[records[first]!]!;
      let end = first + 1;
      while (end < records.length && this.#types[records[end]!] === type) end++;
      const kept = end - first === 1 ? [records[first]!] : this.#distinct(records.subarray(first, end));
      sets.push({ type, ttl: this.#lowestTtl(kept), data: kept.map((record) => this.#rdata.at(record)) });
      first = end;
    }
    return sets;
  }

  #distinct(records: Uint32Array): number[] {
    const seen = new Set<string>();
    return [...records].filter((record) => {
      const rdata = this.#rdata.at(record);
      const key = Buffer.from(rdata.buffer, rdata.byteOffset, rdata.length).toString("latin1");
      if (!seen.has(key)) return seen.add(key);
      this.#warn(record, "the same record twice: kept once");
      return false;
    });
  }

  #lowestTtl(records: readonly number[]): number {
    let lowest = this.#ttls[records[0]!]!;
    for (const record of records) {
      const ttl = this.#ttls[record]!;
      if (ttl !== this.#ttls[records[0]!]) this.#warn(record, "records with different TTLs: the lowest is served");
      if (ttl < lowest) lowest = ttl;
    }
    return lowest;
  }

  #warn(record: number, what: string): void {
    if (this.warnings.length >= warningsMax) return;
    this.warnings.push(`${this.#textOf(this.#owners[record]!)} ${typeName(this.#types[record]!)}: ${what}`);
  }
}

/** RDATA, one after the other in large pieces: a million arrays of their own would hold the garbage collector up for a second. */
class RdataStore {
  readonly #chunks: Uint8Array[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #used = chunkOctets;

  add(data: Uint8Array): void {
    if (this.#used + data.length > chunkOctets) {
      this.#chunks.push(new Uint8Array(chunkOctets));
      this.#used = 0;
    }
    this.#chunks.at(-1)!.set(data, this.#used);
    const start = (this.#chunks.length - 1) * chunkOctets + this.#used;
    this.#starts.push(start);
    this.#ends.push(start + data.length);
    this.#used += data.length;
  }

  at(index: number): Uint8Array {
    const start = this.#starts[index]!;
    const chunk = Math.floor(start / chunkOctets);
    return this.#chunks[chunk]!.subarray(start - chunk * chunkOctets, this.#ends[index]! - chunk * chunkOctets);
  }
}

/** RFC 2181 §8: a TTL with the top bit set counts as 0. */
export const servedTtl = (ttl: number): number => (ttl > ttlMax ? 0 : ttl);
