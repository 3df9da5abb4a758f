import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { TYPE, typeName } from "../record/record.ts";
import { ZoneContent } from "./zone-content.ts";
import { noCounts, recounted } from "./zone-counts.ts";
import { depthFor, groupsOf } from "./zone-directory.ts";
import { nameText } from "./zone-draft.ts";
import { EntryWriter, rdataProblem, setsProblem, Templates } from "./zone-entry.ts";
import { LookupName } from "../name/lookup-name.ts";
import { hashBits } from "../name/name-hash.ts";
import { NameTable } from "./name-table.ts";
import { pageNodesMax, pageOf, type Entry, type RecordSet } from "./zone-page.ts";
import { ZoneRecords } from "./zone-records.ts";

const recordsMax = 50_000_000;
const ttlMax = 0x7fff_ffff;
const warningsMax = 100;
/** About ten milliseconds. */
const nodesPerTurn = 10_000;

/** Takes the records of a zone in any order, then lays them out in pages. A problem is a sentence. */
export class ZoneBuilder {
  readonly warnings: string[] = [];
  readonly #origin: LookupName;
  /** All names that exist; the origin is 0. Of each, how many names one label below it exist. */
  readonly #names = new NameTable();
  readonly #children: number[] = [];
  readonly #templates = new Templates([]);
  readonly #records = new ZoneRecords(this.#templates);
  readonly #writer = new EntryWriter(this.#templates);

  constructor(origin: LookupName) {
    this.#origin = new LookupName();
    this.#origin.read(origin.octets, 0);
    this.#addNode(origin, 0);
  }

  /** Takes one record. Answers a problem, or undefined. */
  add(owner: LookupName, type: number, ttl: number, data: Uint8Array): string | undefined {
    const node = this.#nodeOf(owner);
    if (node < 0) return "name outside the zone";
    if (this.#records.count === recordsMax) return "too many records";
    const problem = rdataProblem(type, data);
    if (problem !== undefined) return problem;
    this.#records.add(node, type, servedTtl(ttl), data);
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
    const layout = this.#byNodeAndType();
    for (let node = 0; node < this.#names.count; node++) {
      const problem = this.#nodeProblem(node, recordsAt(layout, node));
      if (problem !== undefined) return unparsed(`${this.#textOf(node)}: ${problem}`, 0);
      if (node % nodesPerTurn === nodesPerTurn - 1) yield;
    }
    const apexTypes = [...recordsAt(layout, 0)].map((record) => this.#records.type(record));
    if (!apexTypes.includes(TYPE.SOA)) return unparsed("no SOA", 0);
    const warned = this.warnings.length;
    const depth = depthFor(this.#names.count);
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
      const page = this.#page(depth, nodes, layout);
      counts = recounted(counts, originLabels, [], [page]);
      pages.push(page);
    }
    this.warnings.length = warned; // the sets were looked at twice
    const parts = {
      origin: this.#origin.octets.slice(0, this.#origin.length),
      originLabels,
      depth,
      groups: groupsOf(pages),
      templates: this.#templates.list,
      counts,
    };
    return parsed(new ZoneContent(parts, this.#origin));
  }

  #nodeProblem(node: number, records: Uint32Array): string | undefined {
    // Nearly all names of a DKIM zone have one TXT record.
    if (records.length === 1 && this.#records.template(records[0]!) >= 0) return undefined;
    return setsProblem(this.#sets(records), node === 0);
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

  #page(depth: number, nodes: Uint32Array, layout: Layout): Uint8Array {
    const writer = this.#writer;
    writer.length = 0;
    const ends: number[] = [];
    for (const node of nodes) {
      this.#writeEntry(writer, node, recordsAt(layout, node));
      ends.push(writer.length);
    }
    const entries = ends.map((end, index): Entry => {
      return { hash: this.#names.hash(nodes[index]!), octets: writer.octets, from: ends[index - 1] ?? 0, end };
    });
    return pageOf(depth, entries);
  }

  #writeEntry(writer: EntryWriter, node: number, records: Uint32Array): void {
    const only = records[0]!;
    const template = records.length === 1 ? this.#records.template(only) : -1;
    if (template < 0) {
      writer.entry(this.#nameOf(node), this.#children[node]!, this.#sets(records));
    } else {
      writer.begin(this.#nameOf(node), this.#children[node]!, 1);
      writer.key(this.#records.ttl(only), template, this.#records.octets(only));
    }
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
  #byNodeAndType(): Layout {
    const records = this.#records;
    const count = this.#names.count;
    const starts = new Uint32Array(count + 1);
    for (let record = 0; record < records.count; record++) starts[records.node(record) + 1]!++;
    for (let node = 0; node < count; node++) starts[node + 1]! += starts[node]!;
    const order = new Uint32Array(records.count);
    const next = starts.slice();
    for (let record = 0; record < records.count; record++) order[next[records.node(record)]!++] = record;
    for (let node = 0; node < count; node++) {
      if (starts[node + 1]! - starts[node]! < 2) continue;
      order.subarray(starts[node], starts[node + 1]).sort((a, b) => records.type(a) - records.type(b) || a - b);
    }
    return { order, starts };
  }

  /** The RRsets of one node's records. */
  #sets(records: Uint32Array): RecordSet[] {
    const sets: RecordSet[] = [];
    for (let first = 0; first < records.length;) {
      const type = this.#records.type(records[first]!);
      let end = first + 1;
      while (end < records.length && this.#records.type(records[end]!) === type) end++;
      const kept = this.#distinct(records.subarray(first, end));
      sets.push({ type, ttl: this.#lowestTtl(kept), data: kept.map((record) => this.#records.rdata(record)) });
      first = end;
    }
    return sets;
  }

  #distinct(records: Uint32Array): number[] {
    if (records.length === 1) return [records[0]!];
    const seen = new Set<string>();
    return [...records].filter((record) => {
      const key = Buffer.from(this.#records.rdata(record)).toString("latin1");
      if (!seen.has(key)) return seen.add(key);
      this.#warn(record, "the same record twice: kept once");
      return false;
    });
  }

  #lowestTtl(records: readonly number[]): number {
    const ttls = records.map((record) => this.#records.ttl(record));
    for (const [index, ttl] of ttls.entries()) {
      const differs = ttl !== ttls[0] && this.#records.type(records[index]!) !== TYPE.RRSIG; // see recordTtl
      if (differs) this.#warn(records[index]!, "records with different TTLs: the lowest is served");
    }
    return Math.min(...ttls);
  }

  #warn(record: number, what: string): void {
    if (this.warnings.length >= warningsMax) return;
    this.warnings.push(`${this.#textOf(this.#records.node(record))} ${typeName(this.#records.type(record))}: ${what}`);
  }
}

/** Numbers of records by node. */
type Layout = { order: Uint32Array; starts: Uint32Array };
const recordsAt = ({ order, starts }: Layout, node: number): Uint32Array =>
  order.subarray(starts[node], starts[node + 1]);

/** RFC 2181 §8: a TTL with the top bit set counts as 0. */
export const servedTtl = (ttl: number): number => (ttl > ttlMax ? 0 : ttl);
