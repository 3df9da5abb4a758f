import type { Random } from "./random.ts";

/** What a mutation may take from: other inputs of the same kind, and words that mean something in it. */
export type Material = { seeds: readonly string[]; words: readonly string[] };

/** No input grows beyond this, but by a run that is made long on purpose. */
const octetsMax = 65_536;
const runMax = 20_000;

/** A new input: a seed with one change, often some more, or now and then noise. Octet text. */
export function newInput(random: Random, material: Material): string {
  if (random.once(50)) return noise(random, random.below(300));
  let text = random.pick(material.seeds);
  for (let left = random.once(2) ? 1 : 1 + random.below(8); left > 0; left--)
    text = random.pick(mutations)(text, random, material).slice(0, octetsMax);
  return text;
}

type Mutation = (text: string, random: Random, material: Material) => string;

const noise = (random: Random, length: number): string =>
  Array.from({ length }, () => String.fromCharCode(random.below(256))).join("");

const put = (text: string, from: number, to: number, piece: string): string =>
  text.slice(0, from) + piece + text.slice(to);

/** A range of the text, short ones more often. */
function range(text: string, random: Random): [from: number, to: number] {
  const from = random.below(text.length + 1);
  return [from, Math.min(text.length, from + random.below(random.once(3) ? text.length : 16))];
}

/** Octets, without regard to what they mean. */
const onOctets: Mutation[] = [
  (text, random) => {
    const at = random.below(text.length);
    return put(text, at, at + 1, String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << random.below(8))));
  },
  (text, random) => {
    const at = random.below(text.length);
    return put(text, at, at + 1, String.fromCharCode(random.below(256)));
  },
  (text, random) => {
    const at = random.below(text.length + 1);
    return put(text, at, at, noise(random, 1 + random.below(8)));
  },
  (text, random) => put(text, ...range(text, random), ""),
  (text, random) => text.slice(0, random.below(text.length + 1)),
  (text, random) => {
    const [from, to] = range(text, random);
    const at = random.below(text.length + 1);
    return put(text, at, at, text.slice(from, to));
  },
];

/** Pieces that mean something, put where something else stood. */
const onWords: Mutation[] = [
  (text, random, { words }) => {
    const at = random.below(text.length + 1);
    return put(text, at, at, random.pick(words));
  },
  (text, random, { words }) => put(text, ...range(text, random), random.pick(words)),
  // One word replaced by another wherever it stands.
  (text, random, { words }) => text.replaceAll(random.pick(words), random.pick(words)),
  // The beginning of one input and the end of another.
  (text, random, { seeds }) => {
    const other = random.pick(seeds);
    return text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length + 1));
  },
  // A long run of one word: what is quadratic shows.
  (text, random, { words }) => {
    const word = random.pick(words);
    const at = random.below(text.length + 1);
    return put(
      text,
      at,
      at,
      word.repeat(Math.ceil(random.below(random.once(20) ? runMax : 400) / Math.max(1, word.length))),
    );
  },
];

/** Parts between separators: fields of a header, tags of a list, labels of a name. */
const separators = ["\r\n", ";", ":", ",", ".", " ", "=", "\0", "\n"];
const onParts: Mutation[] = [
  ...[
    // One twice, one gone, two exchanged, one moved to the front, one emptied.
    (parts: string[], random: Random) => parts.toSpliced(random.below(parts.length), 0, random.pick(parts)),
    (parts: string[], random: Random) => parts.toSpliced(random.below(parts.length), 1),
    (parts: string[], random: Random) => {
      const [one, other] = [random.below(parts.length), random.below(parts.length)];
      return parts.with(one, parts[other]!).with(other, parts[one]!);
    },
    (parts: string[], random: Random) => {
      const at = random.below(parts.length);
      return [parts[at]!, ...parts.toSpliced(at, 1)];
    },
    (parts: string[], random: Random) => parts.with(random.below(parts.length), ""),
  ].map((change): Mutation => (text, random) => {
    const separator = random.pick(separators);
    return change(text.split(separator), random).join(separator);
  }),
  // The value of one `name=value` for another's, or for a word.
  (text, random, { words }) => {
    const values = [...text.matchAll(/=[^;=\r\n]*/g)];
    if (values.length === 0) return text;
    const [one, other] = [random.pick(values), random.pick(values)];
    const value = random.once(3) ? `=${random.pick(words)}` : other[0];
    return put(text, one.index, one.index + one[0].length, value);
  },
  // White space, case and numbers, as relays and clumsy hands change them.
  (text, random) => {
    const separator = random.pick([" ", ";", ":", "="]);
    return text.replaceAll(separator, separator + random.pick([" ", "\r\n ", "\t", "\r\n\t ", "\r\n", ""]));
  },
  (text, random) => {
    const [from, to] = range(text, random);
    // Of ASCII alone: other capitals are no octets.
    const changed = random.once(2)
      ? text.slice(from, to).replace(/[a-z]+/g, (letters) => letters.toUpperCase())
      : text.slice(from, to).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
    return put(text, from, to, changed);
  },
  (text, random) =>
    text.replace(/[0-9]+/g, (number) =>
      random.once(3) ? random.pick(["0", "-1", "00", "1e9", "4294967296", "9".repeat(12), "9".repeat(40), ""]) : number,
    ),
  (text, random) => text.replaceAll("\r\n", random.pick(["\n", "\r", "\r\r\n", "\n\r", "\r\n\r\n"])),
];

const mutations: readonly Mutation[] = [...onOctets, ...onWords, ...onParts, ...onParts];
