import { parsed, unparsed, type Parsed } from "../../parsed.ts";

/*
 * The types at a name as NSEC and NSEC3 list them (RFC 4034 §4.1.2): blocks of a window number, a length of 1 to 32 and that
 * many octets, a bit for each type, windows rising.
 */

const blockOctetsMax = 32;

/** The types that a bitmap from `offset` to the end lists, rising. */
export function readTypeBitmap(data: Uint8Array, offset: number): Parsed<number[]> {
  const types: number[] = [];
  let lastWindow = -1;
  for (let at = offset; at < data.length;) {
    const window = data[at] ?? 0;
    const octets = data[at + 1] ?? 0;
    const end = at + 2 + octets;
    if (octets === 0 || octets > blockOctetsMax || end > data.length) return unparsed("type bitmap cut short", at);
    if (window <= lastWindow) return unparsed("windows of a type bitmap out of order", at);
    for (let bit = 0; bit < 8 * octets; bit++) {
      if (((data[at + 2 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0) types.push(window * 256 + bit);
    }
    lastWindow = window;
    at = end;
  }
  return parsed(types);
}

/** The bitmap of these types; none makes no octets. */
export function typeBitmap(types: readonly number[]): Uint8Array {
  const blocks: number[] = [];
  const windows = [...new Set(types.map((type) => type >> 8))].sort((a, b) => a - b);
  for (const window of windows) {
    const bits = types.filter((type) => type >> 8 === window).map((type) => type & 0xff);
    const block = new Uint8Array((Math.max(...bits) >> 3) + 1);
    for (const bit of bits) block[bit >> 3] = (block[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
    blocks.push(window, block.length, ...block);
  }
  return Uint8Array.from(blocks);
}
