import { checkRdata } from "./message.ts";
import { readWireName } from "./name.ts";
import { readSoa, TYPE, typeName } from "./record.ts";
import { NameTable, type LookupName } from "./zone-names.ts";

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

export const warningsMax = 100;
/** 65535 without header, question and a generous OPT: an RRset over this fits into no message. */
export const setOctetsMax = 65_000;
/** Type, class, TTL and length of a record. */
export const fixedOctets = 10;
const KEY = 25;
/** What may stand beside a CNAME: RFC 4034 §4 and §3, RFC 2535 §2.3.5. */
const besideCname: readonly number[] = [TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC, KEY];

/** The set of that type at a node, or -1. */
export function findSet(content: ZoneContent, node: number, type: number): number {
  const end = content.firstSet[node + 1]!;
  for (let set = content.firstSet[node]!; set < end; set++) if (content.setType[set] === type) return set;
  return -1;
}

/** An RRset without its owner. */
export type RecordSet = { readonly type: number; readonly ttl: number; readonly data: readonly Uint8Array[] };

/** A set, its RDATA shared with the zone. */
export function readSet({ octets, setAt }: ZoneContent, set: number): RecordSet {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const from = setAt[set]!;
  const data: Uint8Array[] = [];
  for (let at = from; at < setAt[set + 1]!;) {
    const end = at + fixedOctets + view.getUint16(at + 8);
    data.push(octets.subarray(at + fixedOctets, end));
    at = end;
  }
  return { type: view.getUint16(from), ttl: view.getUint32(from + 4), data };
}

/** The nodes of a zone while it is built: its names, and the parent of each. */
export class ZoneNodes {
  readonly names = new NameTable();
  readonly parents: number[] = [-1];
  readonly #originLabels: number;

  constructor(origin: LookupName) {
    this.#originLabels = origin.labels;
    this.names.add(origin, 0);
  }

  /** The node of a name, made with all its ancestors when it is new; -1 outside the zone. */
  nodeOf(name: LookupName): number {
    const apexLabel = name.labels - this.#originLabels;
    if (apexLabel < 0) return -1;
    let label = 0;
    let node = this.names.find(name, 0);
    while (node < 0 && label < apexLabel) node = this.names.find(name, ++label);
    if (node < 0) return -1;
    while (label > 0) {
      this.parents.push(node);
      node = this.names.add(name, --label);
    }
    return node;
  }

  /** The name of a node as text. */
  textOf(node: number): string {
    const name = readWireName(this.names.octets, this.names.start(node), { pointers: "refused" });
    return name.ok ? name.value.name : ".";
  }
}

/** Why RDATA cannot be that of its type, or undefined. */
export function rdataProblem(type: number, data: Uint8Array): string | undefined {
  // Nearly all records of a DKIM zone are TXT, and this copies nothing.
  if (type === TYPE.TXT) return isTxt(data) ? undefined : "TXT: character-strings do not fill the RDATA";
  const checked = checkRdata(type, data);
  return checked.ok ? undefined : `${typeName(type)}: ${checked.problem}`;
}

function isTxt(data: Uint8Array): boolean {
  let at = 0;
  while (at < data.length) at += 1 + data[at]!;
  return at === data.length && at > 0;
}

export type ZoneSets = Pick<ZoneContent, "firstSet" | "setType" | "setAt" | "octets">;

/** Makes a zone of nodes and sets, or says why they are none. Adds to `warnings`. */
export function completeContent(nodes: ZoneNodes, sets: ZoneSets, warnings: string[]): ZoneContent | string {
  nodes.names.trim();
  const content: ZoneContent = {
    ...sets,
    names: nodes.names,
    cover: new Int32Array(nodes.names.count).fill(-1),
    wildcard: new Int32Array(nodes.names.count).fill(-1),
    negativeTtl: 0,
    hasDname: sets.setType.includes(TYPE.DNAME),
  };
  const problem = problemOfSets(nodes, content);
  if (problem !== undefined) return problem;
  if (findSet(content, 0, TYPE.NS) < 0) warnings.unshift(`${nodes.textOf(0)}: no NS records`);
  coverNodes(nodes, content);
  return { ...content, negativeTtl: negativeTtlOf(content) };
}

/** RFC 1035 §5.2 (one SOA, at the top), RFC 2181 §10.1 (CNAME alone), RFC 6672 §2.4 (one DNAME, no CNAME beside it). */
function problemOfSets(nodes: ZoneNodes, content: ZoneContent): string | undefined {
  const { firstSet, setType } = content;
  for (let node = 0; node < nodes.names.count; node++) {
    for (let set = firstSet[node]!; set < firstSet[node + 1]!; set++) {
      const type = setType[set]!;
      const isSingle = type === TYPE.SOA || type === TYPE.CNAME || type === TYPE.DNAME;
      if (isSingle && recordsIn(content, set) > 1) return `${nodes.textOf(node)}: more than one ${typeName(type)}`;
      if (type === TYPE.SOA && node !== 0) return `${nodes.textOf(node)}: SOA below the origin`;
      if (type !== TYPE.CNAME) continue;
      const others = setType.subarray(firstSet[node], firstSet[node + 1]);
      const other = others.find((beside) => !besideCname.includes(beside));
      if (other !== undefined) return `${nodes.textOf(node)}: CNAME beside ${typeName(other)}`;
    }
  }
  return findSet(content, 0, TYPE.SOA) < 0 ? "no SOA" : undefined;
}

/** One walk from the top: parents come before children. */
function coverNodes({ names, parents }: ZoneNodes, content: ZoneContent): void {
  const { cover, wildcard, hasDname } = content;
  for (let node = 1; node < names.count; node++) {
    const parent = parents[node]!;
    const start = names.start(node);
    const isWildcard = names.octets[start] === 1 && names.octets[start + 1] === 0x2a;
    if (isWildcard) wildcard[parent] = node;
    if (cover[parent]! >= 0) cover[node] = cover[parent]!;
    else if (hasDname && findSet(content, parent, TYPE.DNAME) >= 0) cover[node] = parent;
    // NS at a wildcard delegates nothing that a resolver could follow (RFC 4592 §4.2): it is answered as any other RRset.
    else if (!isWildcard && findSet(content, node, TYPE.NS) >= 0) cover[node] = node;
  }
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
