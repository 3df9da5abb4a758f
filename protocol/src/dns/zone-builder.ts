import { typeName } from "./record.ts";
import {
  completeContent,
  fixedOctets,
  rdataProblem,
  setOctetsMax,
  warningsMax,
  ZoneNodes,
  type ZoneContent,
  type ZoneSets,
} from "./zone-content.ts";
import { LookupName } from "./zone-names.ts";

const recordsMax = 50_000_000;
const ttlMax = 0x7fff_ffff;

type Built = { content: ZoneContent; warnings: string[]; recordCount: number };

/** Takes the records of a zone in any order, then lays them out. A problem is a sentence. */
export class ZoneBuilder {
  readonly #warnings: string[] = [];
  readonly #nodes: ZoneNodes;
  /** Of each record: node, type, TTL, RDATA. */
  readonly #owners: number[] = [];
  readonly #types: number[] = [];
  readonly #ttls: number[] = [];
  readonly #rdata: Uint8Array[] = [];

  constructor(origin: LookupName) {
    this.#nodes = new ZoneNodes(origin);
  }

  /** Takes one record. Answers a problem, or undefined. */
  add(owner: LookupName, type: number, ttl: number, data: Uint8Array): string | undefined {
    const node = this.#nodes.nodeOf(owner);
    if (node < 0) return "name outside the zone";
    if (this.#owners.length === recordsMax) return "too many records";
    if (data.length > 0xffff) return "RDATA longer than 65535 octets";
    const problem = rdataProblem(type, data);
    if (problem !== undefined) return problem;
    this.#owners.push(node);
    this.#types.push(type);
    this.#ttls.push(ttl > ttlMax ? 0 : ttl); // RFC 2181 §8
    this.#rdata.push(data);
    return undefined;
  }

  finish(): Built | string {
    const sets = this.#layOut(this.#byNodeAndType());
    if (typeof sets === "string") return sets;
    const { recordCount, ...rest } = sets;
    const content = completeContent(this.#nodes, rest, this.#warnings);
    return typeof content === "string" ? content : { content, warnings: this.#warnings, recordCount };
  }

  /** The records ordered by node, then type; those of one RRset stay in the order given. A counting sort, so linear. */
  #byNodeAndType(): Uint32Array {
    const starts = new Uint32Array(this.#nodes.names.count + 1);
    for (const node of this.#owners) starts[node + 1]!++;
    for (let node = 0; node < this.#nodes.names.count; node++) starts[node + 1]! += starts[node]!;
    const order = new Uint32Array(this.#owners.length);
    const next = starts.slice();
    for (let record = 0; record < this.#owners.length; record++) order[next[this.#owners[record]!]!++] = record;
    for (let node = 0; node < this.#nodes.names.count; node++) {
      if (starts[node + 1]! - starts[node]! < 2) continue;
      order.subarray(starts[node], starts[node + 1]).sort((a, b) => this.#types[a]! - this.#types[b]! || a - b);
    }
    return order;
  }

  #layOut(order: Uint32Array): (ZoneSets & { recordCount: number }) | string {
    const octets = new Uint8Array(this.#rdata.reduce((sum, data) => sum + fixedOctets + data.length, 0));
    const firstSet = new Uint32Array(this.#nodes.names.count + 1);
    const setType = new Uint16Array(order.length);
    const setAt = new Uint32Array(order.length + 1);
    let at = 0;
    let set = 0;
    let node = -1;
    let recordCount = 0;
    for (let first = 0; first < order.length;) {
      const owner = this.#owners[order[first]!]!;
      const type = this.#types[order[first]!]!;
      while (node < owner) firstSet[++node] = set;
      let end = first + 1;
      while (end < order.length && this.#owners[order[end]!] === owner && this.#types[order[end]!] === type) end++;
      const records = end - first === 1 ? [order[first]!] : this.#distinct(order.subarray(first, end));
      setType[set] = type;
      setAt[set++] = at;
      const setStart = at;
      const ttl = this.#lowestTtl(records);
      for (const record of records) at = writeRecord(octets, at, type, ttl, this.#rdata[record]!);
      if (at - setStart + 2 * records.length > setOctetsMax) {
        return `${this.#nodes.textOf(owner)}: ${typeName(type)} records too large for a message`;
      }
      recordCount += records.length;
      first = end;
    }
    while (node < this.#nodes.names.count) firstSet[++node] = set;
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
    if (this.#warnings.length === warningsMax) return;
    this.#warnings.push(`${this.#nodes.textOf(this.#owners[record]!)} ${typeName(this.#types[record]!)}: ${what}`);
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
