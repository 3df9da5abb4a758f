import { labelsOf, type Parsed } from "chancery/dns";

/*
 * Patterns of DNS names, matched label by label in linear time: a label has at most one open part and a pattern at most one
 * open run of labels, so nothing is ever tried twice.
 *
 *   pattern = label *("." label)
 *   label   = "**"            one or more labels; once in a pattern
 *           / 1*part          one label; at most one part of it open
 *   part    = a-z 0-9 _ -     that character
 *           / set ["{" n "}"] one of these characters, n times: [12], [a-z0-9]{32}
 *           / "*"             open: one or more of a-z 0-9 _ -
 *           / "#"             open: one or more digits
 */

/** A label that is open in the middle: what stands before, what fills it, what stands after. */
type OpenLabel = { before: readonly string[]; open: string; after: readonly string[] };
/** A string: just this label. A list: one set of characters for each place. */
type LabelPattern = string | readonly string[] | OpenLabel;

export type NamePattern = {
  text: string;
  /** The labels before and after `**`; without `**` all are in `tail`. */
  head: readonly LabelPattern[] | undefined;
  tail: readonly LabelPattern[];
  /** How much a match says, to choose among several: plain labels at the end first, then plain characters. */
  weight: number;
};

export const patternCharactersMax = 255;
const repeatMax = 63;
const digits = "0123456789";
const letters = "abcdefghijklmnopqrstuvwxyz";
const nameCharacters = `${letters}${digits}_-`;
/** More characters than a name has: a further plain label at the end always outweighs them. */
const labelWeight = 1000;

export function parseNamePattern(text: string): Parsed<NamePattern> {
  if (text.length > patternCharactersMax) return unparsed("pattern longer than a name", patternCharactersMax);
  const labels: LabelPattern[] = [];
  let offset = 0;
  for (const written of text.split(".")) {
    const label: Parsed<LabelPattern> = written === "**" ? parsed(written) : parseLabel(written, offset);
    if (!label.ok) return label;
    labels.push(label.value);
    offset += written.length + 1;
  }
  const runs = labels.filter((label) => label === "**").length;
  if (runs > 1) return unparsed("** stands twice", text.lastIndexOf("**"));
  const run = labels.indexOf("**");
  const head = run < 0 ? undefined : labels.slice(0, run);
  const tail = labels.slice(run + 1);
  return parsed({ text, head, tail, weight: weightOf([...(head ?? []), ...tail], tail) });
}

function weightOf(labels: readonly LabelPattern[], tail: readonly LabelPattern[]): number {
  let characters = 0;
  for (const label of labels) {
    if (typeof label === "string") characters += label.length;
    else if ("open" in label) characters += plain(label.before) + plain(label.after);
    else characters += plain(label);
  }
  return plainTail({ tail }).length * labelWeight + characters;
}
const plain = (sets: readonly string[]): number => sets.filter((set) => set.length === 1).length;

/** The labels at the end that stand for themselves alone. */
export function plainTail({ tail }: Pick<NamePattern, "tail">): string[] {
  const open = tail.findLastIndex((label) => typeof label !== "string");
  return tail.slice(open + 1).filter((label) => typeof label === "string");
}

function parseLabel(text: string, offset: number): Parsed<LabelPattern> {
  if (text === "") return unparsed("empty label", offset);
  const before: string[] = [];
  const after: string[] = [];
  let open: string | undefined;
  for (let at = 0; at < text.length;) {
    const char = text[at] ?? "";
    if (char === "*" || char === "#") {
      if (open !== undefined) return unparsed("two open parts in one label", offset + at);
      open = char === "*" ? nameCharacters : digits;
      at++;
      continue;
    }
    const set = readSet(text, at);
    if (!set.ok) return unparsed(set.problem, offset + set.offset);
    const places = open === undefined ? before : after;
    for (let times = 0; times < set.value.times; times++) places.push(set.value.characters);
    at = set.value.end;
  }
  if (before.length + after.length > repeatMax) return unparsed("label longer than 63 octets", offset);
  if (open !== undefined) return parsed({ before, open, after });
  return parsed(before.every((set) => set.length === 1) ? before.join("") : before);
}

/** One place, or a set in brackets with its count. */
function readSet(text: string, at: number): Parsed<{ characters: string; times: number; end: number }> {
  const char = text[at] ?? "";
  if (char !== "[") {
    if (!nameCharacters.includes(char)) return unparsed(`character ${char} in a pattern`, at);
    return parsed({ characters: char, times: 1, end: at + 1 });
  }
  const close = text.indexOf("]", at);
  if (close < 0) return unparsed("set without its end", at);
  const characters = charactersOf(text.slice(at + 1, close));
  if (characters === undefined) return unparsed("set that cannot be read", at);
  if (text[close + 1] !== "{") return parsed({ characters, times: 1, end: close + 1 });
  const end = text.indexOf("}", close);
  const times = Number(text.slice(close + 2, end));
  if (end < 0 || !Number.isInteger(times) || times < 1 || times > repeatMax)
    return unparsed("count of a set that is no number from 1 to 63", close + 1);
  return parsed({ characters, times, end: end + 1 });
}

/** Single characters and ranges: `a-z0-9`. */
function charactersOf(inner: string): string | undefined {
  let characters = "";
  for (let at = 0; at < inner.length;) {
    const isRange = inner[at + 1] === "-";
    const first = inner[at] ?? "";
    const last = isRange ? (inner[at + 2] ?? "") : first;
    const row = [letters, digits, first].find((one) => one.includes(first) && one.includes(last));
    if (row === undefined || last === "" || !nameCharacters.includes(first)) return undefined;
    if (row.indexOf(last) < row.indexOf(first)) return undefined;
    characters += row.slice(row.indexOf(first), row.indexOf(last) + 1);
    at += isRange ? 3 : 1;
  }
  return characters === "" ? undefined : characters;
}

/** Whether a canonical name is of this form, as a whole. */
export const matchesName = (pattern: NamePattern, name: string): boolean => matchesLabels(pattern, labelsOf(name));

export function matchesLabels({ head, tail }: NamePattern, labels: readonly string[]): boolean {
  const behind = labels.length - tail.length;
  if (head === undefined ? behind !== 0 : behind <= head.length) return false;
  return (
    tail.every((label, at) => matchesLabel(label, labels[behind + at] ?? "")) &&
    (head ?? []).every((label, at) => matchesLabel(label, labels[at] ?? ""))
  );
}

function matchesLabel(pattern: LabelPattern, label: string): boolean {
  if (typeof pattern === "string") return pattern === label;
  if (!("open" in pattern)) return label.length === pattern.length && fits(pattern, label, 0);
  const { before, open, after } = pattern;
  const end = label.length - after.length;
  if (end <= before.length || !fits(before, label, 0) || !fits(after, label, end)) return false;
  for (let at = before.length; at < end; at++) if (!open.includes(label[at] ?? "")) return false;
  return true;
}

const fits = (sets: readonly string[], label: string, from: number): boolean =>
  sets.every((set, at) => set.includes(label[from + at] ?? " "));

const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value });
const unparsed = (problem: string, offset: number): { ok: false; problem: string; offset: number } => ({
  ok: false,
  problem,
  offset,
});
