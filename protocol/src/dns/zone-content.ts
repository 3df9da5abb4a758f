import { checkRdata } from "./message.ts";
import { readWireName } from "./name.ts";
import { readSoa, TYPE, typeName } from "./record.ts";
import { LookupName, NameTable } from "./zone-names.ts";

/**
 * The records of a zone in flat arrays. A node is a name that exists: it has records or a descendant has (RFC 8020); node 0 is the apex
 * and a parent comes before its children. A set is an RRset; the sets of a node stand together, ordered by type.
 */
export type ZoneContent = {
  readonly names: NameTable;
  /** For each node, the node of the zone cut at or above it, else of the DNAME above it, else -1. */
  readonly cover: Int32Array;
  /** For each node, its child `*`, or -1 (RFC 4592 §3.3). */
  readonly wildcard: Int32Array;
  /** For each node and one more, its first set. */
  readonly firstSet: Uint32Array;
  readonly setType: Uint16Array;
  /** For each set and one more, where its records start in `octets`. */
  readonly setAt: Uint32Array;
  /** Records without owner: type, class, TTL, length, RDATA, ready to be copied into a message. */
  readonly octets: Uint8Array;
  /** TTL of the SOA in negative answers: the lower of its own and its minimum (RFC 2308 §5). */
  readonly negativeTtl: number;
  readonly hasDname: boolean;
};

const warningsMax = 100;
/** 65535 without header, question and a generous OPT: an RRset over this fits into no message. */
const setOctetsMax = 65_000;
const recordsMax = 50_000_000;
const ttlMax = 0x7fff_ffff;
const fixedOctets = 10;
const KEY = 25;
/** What may stand beside a CNAME: RFC 4034 §4 and §3, RFC 2535 §2.3.5. */
const besideCname: readonly number[] = [TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC, KEY];

/** The set of that type at a node, or -1. */
export function findSet(content: ZoneContent, node: number, type: number): number {
  const end = content.firstSet[node + 1]!;
  for (let set = content.firstSet[node]!; set < end; set++) if (content.setType[set] === type) return set;
  return -1;
}

type Built = { content: ZoneContent; warnings: string[]; recordCount: number };

/** Takes the records of a zone in any order, then lays them out. A problem is a sentence. */
export class ZoneBuilder {
  readonly warnings: string[] = [];
  readonly #names = new NameTable();
  readonly #name = new LookupName();
  readonly #originLabels: number;
  readonly #parents: number[] = [-1];
  /** Of each record: node, type, TTL, RDATA. */
  readonly #nodes: number[] = [];
  readonly #types: number[] = [];
  readonly #ttls: number[] = [];
  readonly #rdata: Uint8Array[] = [];

  constructor(origin: Uint8Array) {
    this.#name.read(origin, 0);
    this.#originLabels = this.#name.labels;
    this.#names.add(this.#name, 0);
  }

  /** Takes one record, its owner in wire form at `ownerAt` of `owner`. Answers a problem, or undefined. */
  add(owner: Uint8Array, ownerAt: number, type: number, ttl: number, data: Uint8Array): string | undefined {
    if (this.#name.read(owner, ownerAt) < 0) return "unsound owner name";
    const node = this.#nodeOf();
    if (node < 0) return "name outside the zone";
    if (type === TYPE.SOA && node !== 0) return "SOA below the origin";
    if (this.#nodes.length === recordsMax) return "too many records";
    if (data.length > 0xffff) return "RDATA longer than 65535 octets";
    const checked = checkRdata(type, data);
    if (!checked.ok) return `${typeName(type)}: ${checked.problem}`;
    this.#nodes.push(node);
    this.#types.push(type);
    this.#ttls.push(ttl > ttlMax ? 0 : ttl); // RFC 2181 §8
    this.#rdata.push(data);
    return undefined;
  }

  /** The node of the current name, made with all its ancestors when it is new; -1 outside the zone. */
  #nodeOf(): number {
    const apexLabel = this.#name.labels - this.#originLabels;
    if (apexLabel < 0) return -1;
    let label = 0;
    let node = this.#names.find(this.#name, 0);
    while (node < 0 && label < apexLabel) node = this.#names.find(this.#name, ++label);
    if (node < 0) return -1;
    while (label > 0) {
      this.#parents.push(node);
      node = this.#names.add(this.#name, --label);
    }
    return node;
  }

  finish(): Built | string {
    const order = this.#byNodeAndType();
    const sets = this.#layOut(order);
    if (typeof sets === "string") return sets;
    this.#names.trim();
    const soa = order[0];
    if (soa === undefined || sets.setType[0] === undefined) return "no SOA";
    const content: ZoneContent = {
      ...sets,
      names: this.#names,
      cover: new Int32Array(this.#names.count).fill(-1),
      wildcard: new Int32Array(this.#names.count).fill(-1),
      negativeTtl: 0,
      hasDname: sets.setType.includes(TYPE.DNAME),
    };
    const problem = this.#checkSets(content);
    if (problem !== undefined) return problem;
    this.#cover(content);
    const recordCount = sets.recordCount;
    return { content: { ...content, negativeTtl: negativeTtlOf(content) }, warnings: this.warnings, recordCount };
  }

  /** The records ordered by node, then type; those of one RRset stay in the order given. A counting sort, so linear. */
  #byNodeAndType(): Uint32Array {
    const starts = new Uint32Array(this.#names.count + 1);
    for (const node of this.#nodes) starts[node + 1]!++;
    for (let node = 0; node < this.#names.count; node++) starts[node + 1]! += starts[node]!;
    const order = new Uint32Array(this.#nodes.length);
    const next = starts.slice();
    for (let record = 0; record < this.#nodes.length; record++) order[next[this.#nodes[record]!]!++] = record;
    for (let node = 0; node < this.#names.count; node++) {
      if (starts[node + 1]! - starts[node]! < 2) continue;
      order.subarray(starts[node], starts[node + 1]).sort((a, b) => this.#types[a]! - this.#types[b]! || a - b);
    }
    return order;
  }

  #layOut(
    order: Uint32Array,
  ): (Pick<ZoneContent, "firstSet" | "setType" | "setAt" | "octets"> & { recordCount: number }) | string {
    const octets = new Uint8Array(this.#rdata.reduce((sum, data) => sum + fixedOctets + data.length, 0));
    const firstSet = new Uint32Array(this.#names.count + 1);
    const setType = new Uint16Array(order.length);
    const setAt = new Uint32Array(order.length + 1);
    let at = 0;
    let set = 0;
    let node = -1;
    let recordCount = 0;
    for (let first = 0; first < order.length;) {
      const owner = this.#nodes[order[first]!]!;
      const type = this.#types[order[first]!]!;
      while (node < owner) firstSet[++node] = set;
      let end = first + 1;
      while (end < order.length && this.#nodes[order[end]!] === owner && this.#types[order[end]!] === type) end++;
      const records = end - first === 1 ? [order[first]!] : this.#distinct(order.subarray(first, end));
      setType[set] = type;
      setAt[set++] = at;
      const setStart = at;
      const ttl = this.#lowestTtl(records);
      for (const record of records) at = writeRecord(octets, at, type, ttl, this.#rdata[record]!);
      if (at - setStart + 2 * records.length > setOctetsMax)
        return `${this.#nameOf(owner)}: ${typeName(type)} records too large for a message`;
      recordCount += records.length;
      first = end;
    }
    while (node < this.#names.count) firstSet[++node] = set;
    setAt[set] = at;
    const trimmed = at === octets.length ? octets : octets.slice(0, at);
    return { firstSet, setType: setType.slice(0, set), setAt: setAt.slice(0, set + 1), octets: trimmed, recordCount };
  }

  #distinct(records: Uint32Array): number[] {
    const seen = new Set<string>();
    return [...records].filter((record) => {
      const rdata = this.#rdata[record]!;
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
    if (this.warnings.length === warningsMax) return;
    this.warnings.push(`${this.#nameOf(this.#nodes[record]!)} ${typeName(this.#types[record]!)}: ${what}`);
  }

  #nameOf(node: number): string {
    const name = readWireName(this.#names.octets, this.#names.start(node), { pointers: "refused" });
    return name.ok ? name.value.name : ".";
  }

  /** RFC 1035 §5.2 (one SOA, at the top), RFC 2181 §10.1 (CNAME alone), RFC 6672 §2.4 (one DNAME, no CNAME beside it). */
  #checkSets(content: ZoneContent): string | undefined {
    const { firstSet, setType } = content;
    for (let node = 0; node < content.names.count; node++) {
      for (let set = firstSet[node]!; set < firstSet[node + 1]!; set++) {
        const type = setType[set]!;
        const single = type === TYPE.SOA || type === TYPE.CNAME || type === TYPE.DNAME;
        if (single && recordsIn(content, set) > 1) return `${this.#nameOf(node)}: more than one ${typeName(type)}`;
        if (type !== TYPE.CNAME) continue;
        const other = setType
          .subarray(firstSet[node], firstSet[node + 1])
          .find((beside) => !besideCname.includes(beside));
        if (other !== undefined) return `${this.#nameOf(node)}: CNAME beside ${typeName(other)}`;
      }
    }
    if (findSet(content, 0, TYPE.SOA) < 0) return "no SOA";
    if (findSet(content, 0, TYPE.NS) < 0) this.warnings.unshift(`${this.#nameOf(0)}: no NS records`);
    return undefined;
  }

  /** One walk from the top: parents come before children. */
  #cover({ names, cover, wildcard, ...rest }: ZoneContent): void {
    const content = { names, cover, wildcard, ...rest };
    for (let node = 1; node < names.count; node++) {
      const parent = this.#parents[node]!;
      const start = names.start(node);
      const isWildcard = names.octets[start] === 1 && names.octets[start + 1] === 0x2a;
      if (isWildcard) wildcard[parent] = node;
      if (cover[parent]! >= 0) cover[node] = cover[parent]!;
      else if (rest.hasDname && findSet(content, parent, TYPE.DNAME) >= 0) cover[node] = parent;
      // NS at a wildcard delegates nothing that a resolver could follow (RFC 4592 §4.2): it is answered as any other RRset.
      else if (!isWildcard && findSet(content, node, TYPE.NS) >= 0) cover[node] = node;
    }
  }
}

function writeRecord(octets: Uint8Array, at: number, type: number, ttl: number, data: Uint8Array): number {
  octets[at] = type >> 8;
  octets[at + 1] = type;
  octets[at + 3] = 1; // IN
  octets[at + 4] = ttl >>> 24;
  octets[at + 5] = ttl >>> 16;
  octets[at + 6] = ttl >>> 8;
  octets[at + 7] = ttl;
  octets[at + 8] = data.length >> 8;
  octets[at + 9] = data.length;
  octets.set(data, at + fixedOctets);
  return at + fixedOctets + data.length;
}

function recordsIn({ setAt, octets }: ZoneContent, set: number): number {
  let count = 0;
  for (let at = setAt[set]!; at < setAt[set + 1]!; count++)
    at += fixedOctets + ((octets[at + 8]! << 8) | octets[at + 9]!);
  return count;
}

function negativeTtlOf(content: ZoneContent): number {
  const at = content.setAt[findSet(content, 0, TYPE.SOA)]!;
  const { octets } = content;
  const ttl = ((octets[at + 4]! << 24) | (octets[at + 5]! << 16) | (octets[at + 6]! << 8) | octets[at + 7]!) >>> 0;
  const length = (octets[at + 8]! << 8) | octets[at + 9]!;
  return Math.min(ttl, readSoa(octets.subarray(at + fixedOctets, at + fixedOctets + length)).minimum);
}
