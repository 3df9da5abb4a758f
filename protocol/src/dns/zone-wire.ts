import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { completeContent, fixedOctets, rdataProblem, ZoneNodes } from "./zone-content.ts";
import { LookupName } from "./zone-names.ts";
import { zoneOf, type Zone } from "./zone.ts";

const chunkOctets = 1 << 20;

/**
 * A zone as octets, for a snapshot: the length of the owners in four octets; each owner as its name in wire form and the length of its
 * records in four octets, the apex first; then all records without owner (type, class, TTL, length, RDATA) in the same order.
 */
export function* zoneToWire({ content }: Zone): Generator<Uint8Array> {
  const { names, firstSet, setAt, octets } = content;
  const owners = new Uint8Array(4 + names.octets.length + 4 * names.count);
  let used = 4;
  for (let node = 0; node < names.count; node++) {
    const length = setAt[firstSet[node + 1]!]! - setAt[firstSet[node]!]!;
    if (length === 0) continue; // exists because of its descendants
    const end = node + 1 < names.count ? names.start(node + 1) : names.octets.length;
    for (let at = names.start(node); at < end; at++) owners[used++] = names.octets[at]!;
    used = putU32(owners, used, length);
  }
  putU32(owners, 0, used - 4);
  yield owners.subarray(0, used);
  for (let at = 0; at < octets.length; at += chunkOctets) yield octets.subarray(at, at + chunkOctets);
}

/**
 * The zone that `zoneToWire` wrote, laid out as it was without sorting anything anew. All else is a problem, with its offset; the rules of
 * `buildZone` hold here too. The zone does not hold on to `bytes`.
 */
export function zoneFromWire(bytes: Uint8Array): Parsed<Zone> {
  const name = new LookupName();
  const ownersEnd = bytes.length < 4 ? 0 : 4 + u32(bytes, 0);
  if (ownersEnd > bytes.length || name.read(bytes, 4) < 0) return unparsed("cut short in the owners", 0);
  const octets = new Uint8Array(bytes.subarray(ownersEnd)); // a copy also of a Buffer, whose slice is none
  const nodes = new ZoneNodes(name);
  const firstSet: number[] = [];
  const sets: Sets = { types: [], starts: [] };
  let used = 0;
  let recordCount = 0;
  for (let at = 4; at < ownersEnd;) {
    const lengthAt = name.read(bytes, at);
    if (lengthAt < 0 || lengthAt + 4 > ownersEnd) return unparsed("cut short in an owner", at);
    const node = nodes.nodeOf(name);
    if (node < firstSet.length || node !== nodes.names.count - 1) return unparsed("owners out of order", at);
    while (firstSet.length <= node) firstSet.push(sets.types.length);
    const end = used + u32(bytes, lengthAt);
    const count = readRecords(octets, used, end, sets);
    if (typeof count === "string") return unparsed(count, ownersEnd + used);
    recordCount += count;
    used = end;
    at = lengthAt + 4;
  }
  if (used !== octets.length) return unparsed("octets after the last record", ownersEnd + used);
  firstSet.push(sets.types.length);
  sets.starts.push(used);
  const laidOut = {
    firstSet: Uint32Array.from(firstSet),
    setType: Uint16Array.from(sets.types),
    setAt: Uint32Array.from(sets.starts),
    octets,
  };
  const warnings: string[] = [];
  const content = completeContent(nodes, laidOut, warnings);
  return typeof content === "string" ? unparsed(content, 0) : parsed(zoneOf(content, recordCount, warnings));
}

type Sets = { types: number[]; starts: number[] };

/** Checks the records of one owner and notes where each RRset starts. Answers how many they are, or a problem. */
function readRecords(octets: Uint8Array, start: number, end: number, sets: Sets): number | string {
  if (end > octets.length) return "cut short in the records";
  let previous = -1;
  let count = 0;
  for (let at = start; at < end; count++) {
    if (at + fixedOctets > end) return "record cut short";
    const type = u16(octets, at);
    const next = at + fixedOctets + u16(octets, at + 8);
    if (next > end) return "RDATA cut short";
    if (type < previous) return "types out of order";
    const problem = rdataProblem(type, octets.subarray(at + fixedOctets, next));
    if (problem !== undefined) return problem;
    if (type !== previous) {
      sets.types.push(type);
      sets.starts.push(at);
      previous = type;
    }
    at = next;
  }
  return count;
}

function putU32(octets: Uint8Array, at: number, value: number): number {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
  return at + 4;
}

const u16 = (octets: Uint8Array, at: number): number => (octets[at]! << 8) | octets[at + 1]!;
const u32 = (octets: Uint8Array, at: number): number => u16(octets, at) * 0x10000 + u16(octets, at + 2);
