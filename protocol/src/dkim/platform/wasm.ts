/**
 * As much of a WebAssembly assembler as one small module needs (WebAssembly core specification 2.0 §5). It exists for two loops
 * over octets that are many times faster sixteen octets at a time than one at a time, without a build step or a binary to trust.
 */
export const op = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
  else: [0x05],
  end: [0x0b],
  br: (depth: number) => [0x0c, depth],
  brIf: (depth: number) => [0x0d, depth],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  i32: (value: number) => [0x41, ...signedLeb(value)],
  return: [0x0f],
  eqz: [0x45],
  ltU: [0x49],
  gtS: [0x4a],
  geU: [0x4f],
  ctz: [0x68],
  clz: [0x67],
  popcnt: [0x69],
  add: [0x6a],
  sub: [0x6b],
  and: [0x71],
  or: [0x72],
  xor: [0x73],
  shl: [0x74],
  shrU: [0x76],
  /** Sixteen octets from an address, or to it. */
  load: (offset: number) => [0xfd, 0x00, 0, ...unsignedLeb(offset)],
  store: (offset: number) => [0xfd, 0x0b, 0, ...unsignedLeb(offset)],
  /** One octet in all sixteen places. */
  splat: (octet: number) => [0xfd, 0x0c, ...Array.from({ length: 16 }, () => octet)],
  /** The upper eight octets in both halves. */
  upperHalf: [0xfd, 0x0d, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15],
  swizzle: [0xfd, 0x0e],
  eq: [0xfd, 0x23],
  vLeU: [0xfd, 0x2a],
  vAnd: [0xfd, 0x4e],
  vOr: [0xfd, 0x50],
  vXor: [0xfd, 0x51],
  anyTrue: [0xfd, 0x53],
  /** Of two vectors the first where the mask on top has ones, else the second. */
  select: [0xfd, 0x52],
  bitmask: [0xfd, 0x64],
} as const;

/** Part of every JavaScript engine, and declared neither by the ES library nor by Node's types. */
declare const WebAssembly:
  | undefined
  | {
      Module: new (octets: Uint8Array) => object;
      Instance: new (module: object) => { exports: Record<string, unknown> };
    };

const typeOf = { i32: 0x7f, v128: 0x7b } as const;

/** Instructions, in lists as deep as reads well. */
export type Code = number | readonly Code[];

/** A function: how many i32 it takes (it gives one), its further locals, its instructions; and the same in plain JavaScript. */
export type WasmFunction = {
  name: string;
  parameters: number;
  locals: (keyof typeof typeOf)[];
  code: readonly Code[];
  plain: (memory: Uint8Array, ...parameters: number[]) => number;
};

export type WasmInstance = { memory: Uint8Array; call: Record<string, (...parameters: number[]) => number> };

/** Starts functions over one memory of so many 64 KiB pages: the plain ones where WebAssembly or its vectors are not there. */
export const instantiate = (pages: number, functions: readonly WasmFunction[]): WasmInstance =>
  assembled(pages, functions) ?? plain(pages, functions);

/** The plain path: for `node --jitless`, for processors without 128-bit vectors, and for tests to compare with. */
export function plain(pages: number, functions: readonly WasmFunction[]): WasmInstance {
  const memory = new Uint8Array(pages * 65_536);
  const call = functions.map((each) => [each.name, (...parameters: number[]) => each.plain(memory, ...parameters)]);
  return { memory, call: Object.fromEntries(call) as WasmInstance["call"] };
}

/** Undefined where WebAssembly is not there, or lacks the vectors. */
export function assembled(pages: number, functions: readonly WasmFunction[]): WasmInstance | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  const section = (id: number, ...items: number[][]): number[] => sized(id, vector(items));
  const name = (text: string): number[] => vector(Array.from(text, (character) => [character.charCodeAt(0)]));
  const module = Uint8Array.from([
    ...magicAndVersion,
    ...section(
      1,
      ...functions.map(({ parameters }) => [
        0x60,
        ...vector(Array.from({ length: parameters }, () => [typeOf.i32])),
        1,
        typeOf.i32,
      ]),
    ),
    ...section(3, ...functions.map((_, at) => [at])),
    ...section(5, [0, pages]),
    ...section(7, [...name("memory"), 2, 0], ...functions.map((each, at) => [...name(each.name), 0, at])),
    ...section(10, ...functions.map(functionBody)),
  ]);
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
    const { memory, ...call } = exports as { memory: { buffer: ArrayBuffer } } & WasmInstance["call"];
    return { memory: new Uint8Array(memory.buffer), call };
  } catch {
    return undefined;
  }
}

function functionBody({ locals, code }: WasmFunction): number[] {
  const octets = [...vector(locals.map((type) => [1, typeOf[type]])), ...flatten(code), ...op.end];
  return [...unsignedLeb(octets.length), ...octets];
}

const magicAndVersion = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const flatten = (code: Code): number[] => (typeof code === "number" ? [code] : code.flatMap(flatten));
const vector = (items: readonly (readonly number[])[]): number[] => [...unsignedLeb(items.length), ...items.flat()];
const sized = (id: number, content: readonly number[]): number[] => [id, ...unsignedLeb(content.length), ...content];

function unsignedLeb(value: number): number[] {
  const octets: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...octets, rest];
    octets.push((rest & 0x7f) | 0x80);
  }
}

function signedLeb(value: number): number[] {
  const octets: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest >= -0x40 && rest < 0x40) return [...octets, rest & 0x7f];
    octets.push((rest & 0x7f) | 0x80);
  }
}
