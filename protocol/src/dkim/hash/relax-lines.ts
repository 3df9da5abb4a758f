import { instantiate, op, type Code, type WasmFunction } from "../platform/wasm.ts";

/** How many octets `relaxLines` takes at a time. */
export const relaxOctetsMax = 65_536;

/**
 * White space as RFC 6376 §3.4.4 wants it: none before CRLF, one SP for each other run. `carried`, of two octets at most,
 * stands before `octets`, which do not end in white space. The result is lent until the next call.
 */
export function relaxLines(carried: string, octets: Uint8Array): Uint8Array {
  let end = input;
  for (let at = 0; at < carried.length; at++) memory[end++] = carried.charCodeAt(at);
  memory.set(octets, end);
  end += octets.length;
  // What an earlier call left behind must not look like the LF of a CR that ends these octets.
  memory[end] = 0;
  return memory.subarray(output, call["relax"]!(input, end, output));
}

const table = 0;
const input = 4096;
const output = input + relaxOctetsMax + 64;
const [SP, HTAB, CR, LF] = [0x20, 0x09, 0x0d, 0x0a];

const [from, end, to] = [0, 1, 2];
const [here, next, second, wasTab, dropped, kept, retry] = [3, 4, 5, 6, 7, 8, 9];
const is = (vector: number, octet: number): Code => [op.get(vector), op.splat(octet), op.eq];
/** Where a tab stands, or a space with white space, a CR or the like behind it: all that could have to be changed. */
const suspect = (offset: number): Code => [
  [op.get(from), op.load(offset), op.splat(HTAB), op.eq],
  [op.get(from), op.load(offset), op.splat(SP), op.eq],
  [op.get(from), op.load(offset + 1), op.splat(SP), op.vLeU, op.vAnd, op.vOr],
];

/**
 * Sixteen octets at a time: an octet is dropped when it is white space and the one behind it is white space too, or begins a
 * CRLF. What is kept moves together by a table of shuffles, eight octets at a time; a tab that is kept is a space. Octets past
 * the end count as dropped. Reads and writes up to 17 octets beyond what it is given.
 */
export const relax: WasmFunction = {
  name: "relax",
  parameters: 3,
  locals: ["v128", "v128", "v128", "v128", "i32", "i32", "i32"],
  code: [
    op.block,
    op.loop,
    [op.get(from), op.get(end), op.geU, op.brIf(1)],
    // Thirty-two that stay as they are, as all of an attachment does. Where there is something to change there is mostly more,
    // and looking for it twice costs: the next 2 KiB go the long way.
    op.block,
    [op.get(from), op.get(retry), op.ltU, op.brIf(0)],
    [op.get(end), op.get(from), op.sub, op.i32(32), op.ltU, op.brIf(0)],
    [op.get(from), op.i32(2048), op.add, op.set(retry)],
    [suspect(0), suspect(16), op.vOr, op.anyTrue, op.brIf(0)],
    [op.get(from), op.set(retry)],
    [op.get(to), op.get(from), op.load(0), op.store(0)],
    [op.get(to), op.get(from), op.load(16), op.store(16)],
    [op.get(from), op.i32(32), op.add, op.set(from)],
    [op.get(to), op.i32(32), op.add, op.set(to)],
    op.br(1),
    op.end,
    [op.get(from), op.load(0), op.set(here)],
    [op.get(from), op.load(1), op.set(next)],
    [op.get(from), op.load(2), op.set(second)],
    [is(here, HTAB), op.set(wasTab)],
    // dropped = white space here, and (white space next, or CR next and LF second)
    [is(here, SP), op.get(wasTab), op.vOr],
    [is(next, SP), is(next, HTAB), op.vOr, is(next, CR), is(second, LF), op.vAnd, op.vOr],
    [op.vAnd, op.bitmask, op.set(dropped)],
    [op.splat(SP), op.get(here), op.get(wasTab), op.select, op.set(here)],
    // The last sixteen: what lies past the end is dropped.
    [op.get(end), op.get(from), op.sub, op.i32(16), op.ltU, op.if],
    [op.i32(0xffff), op.get(end), op.get(from), op.sub, op.shl, op.i32(0xffff), op.and],
    [op.get(dropped), op.or, op.set(dropped)],
    op.end,
    [op.get(dropped), op.eqz, op.if],
    [op.get(to), op.get(here), op.store(0)],
    [op.get(to), op.i32(16), op.add, op.set(to)],
    op.else,
    [op.get(dropped), op.i32(0xffff), op.xor, op.set(kept)],
    [op.get(to), op.get(here)],
    [op.get(kept), op.i32(255), op.and, op.i32(4), op.shl, op.load(table), op.swizzle, op.store(0)],
    [op.get(to), op.get(kept), op.i32(255), op.and, op.popcnt, op.add, op.set(to)],
    [op.get(to), op.get(here), op.get(here), op.upperHalf],
    [op.get(kept), op.i32(8), op.shrU, op.i32(4), op.shl, op.load(table), op.swizzle, op.store(0)],
    [op.get(to), op.get(kept), op.i32(8), op.shrU, op.popcnt, op.add, op.set(to)],
    op.end,
    [op.get(from), op.i32(16), op.add, op.set(from)],
    op.br(0),
    op.end,
    op.end,
    op.get(to),
  ],
  plain: relaxPlainly,
};

function relaxPlainly(octets: Uint8Array, start = 0, stop = 0, target = 0): number {
  let written = target;
  for (let at = start; at < stop; at++) {
    const octet = octets[at]!;
    if (octet !== SP && octet !== HTAB) octets[written++] = octet;
    else {
      const behind = octets[at + 1];
      if (behind !== SP && behind !== HTAB && !(behind === CR && octets[at + 2] === LF)) octets[written++] = SP;
    }
  }
  return written;
}

/** Pages for the table, what is read and what is written. */
export const relaxPages = 3;
const { memory, call } = instantiate(relaxPages, [relax]);

/** For each set of eight octets the places of those kept, in order; 0x80 makes a place 0. */
for (let set = 0; set < 256; set++) {
  const places = [0, 1, 2, 3, 4, 5, 6, 7].filter((place) => (set >> place) & 1);
  memory.fill(0x80, table + 16 * set, table + 16 * set + 16);
  memory.set(places, table + 16 * set);
}
