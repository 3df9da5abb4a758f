import { unparsed, type Parsed } from "../parsed.ts";
import { finishZone, type Zone } from "./zone.ts";
import { ZoneBuilder } from "./zone-content.ts";

const chunkOctets = 1 << 20;

/**
 * A zone as octets, for a snapshot: the origin, then for each owner its name in wire form, the length of its records in four octets, and
 * the records without owner (type, class, TTL, length, RDATA). A million keys are written and read in a second.
 */
export function* zoneToWire({ content }: Zone): Generator<Uint8Array> {
  const { names, firstSet, setAt, octets } = content;
  let chunk = new Uint8Array(chunkOctets);
  let used = 0;
  const put = (from: Uint8Array, start: number, end: number): void => {
    chunk.set(from.subarray(start, end), used);
    used += end - start;
  };
  put(names.octets, names.start(0), nameEnd(names.octets, names.start(0)));
  for (let node = 0; node < names.count; node++) {
    const from = setAt[firstSet[node]!]!;
    const to = setAt[firstSet[node + 1]!]!;
    if (from === to) continue; // exists because of its descendants
    if (used + 259 + to - from > chunk.length) {
      yield chunk.subarray(0, used);
      chunk = new Uint8Array(Math.max(chunkOctets, 259 + to - from));
      used = 0;
    }
    put(names.octets, names.start(node), nameEnd(names.octets, names.start(node)));
    new DataView(chunk.buffer).setUint32(used, to - from);
    used += 4;
    put(octets, from, to);
  }
  yield chunk.subarray(0, used);
}

/** The zone that `zoneToWire` wrote. Anything else is a problem; octets that lie get no further than `buildZone`. */
export function zoneFromWire(bytes: Uint8Array): Parsed<Zone> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = nameEnd(bytes, 0);
  if (at < 0) return unparsed("cut short in the origin", 0);
  const builder = new ZoneBuilder(bytes.subarray(0, at));
  while (at < bytes.length) {
    const owner = at;
    at = nameEnd(bytes, owner);
    if (at < 0 || at + 4 > bytes.length) return unparsed("cut short in an owner", owner);
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.length) return unparsed("cut short in the records of a name", at);
    for (at += 4; at < end;) {
      if (at + 10 > end) return unparsed("record cut short", at);
      const length = view.getUint16(at + 8);
      if (at + 10 + length > end) return unparsed("RDATA cut short", at);
      const data = bytes.subarray(at + 10, at + 10 + length);
      const problem = builder.add(bytes, owner, view.getUint16(at), view.getUint32(at + 4), data);
      if (problem !== undefined) return unparsed(problem, at);
      at += 10 + length;
    }
  }
  return finishZone(builder);
}

/** The offset after an uncompressed name, or -1. */
function nameEnd(bytes: Uint8Array, at: number): number {
  for (;;) {
    const size = bytes[at];
    if (size === undefined || size > 63) return -1;
    if (size === 0) return at + 1;
    at += size + 1;
  }
}
