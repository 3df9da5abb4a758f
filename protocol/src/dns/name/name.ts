import { parsed, unparsed, type Parsed } from "../../parsed.ts";

/*
 * Domain names as text and on the wire. The text form is canonical, so that names compare as strings: lower-case unless
 * stated, absolute without the final dot, the root ".", a dot or backslash inside a label as `\.` and `\\`, and every octet
 * that is not printable or means something in a master file as `\DDD` (RFC 1035 §5.1). It can stand in a master file as is.
 */

/** RFC 1035 §2.3.4. */
export const labelOctetsMax = 63;
/** RFC 1035 §2.3.4: length octets and the root label included. */
export const nameOctetsMax = 255;

/** A name has at most 127 labels, so an honest one never needs more; it keeps a message of pointers linear. */
const pointersMax = 127;
const headerOctets = 12;
const backslash = 0x5c;
const dot = 0x2e;

const escaped = (octet: number): string => {
  if (octet === dot) return "\\.";
  if (octet === backslash) return "\\\\";
  const char = String.fromCharCode(octet);
  const plain = octet > 0x20 && octet < 0x7f && !'"();@$'.includes(char);
  return plain ? char : `\\${String(octet).padStart(3, "0")}`;
};
const textOfOctet: readonly string[] = Array.from({ length: 256 }, (_, octet) => escaped(octet));
const lowerTextOfOctet: readonly string[] = textOfOctet.map((text) => text.toLowerCase());

/**
 * A name as people write it, final dot or not, in wire form with its case kept.
 * `problem` tells: empty label, label over 63 or name over 255 octets, bad escape, a character outside ASCII.
 */
export function nameTextToWire(text: string): Parsed<Uint8Array> {
  if (text === ".") return parsed(new Uint8Array(1));
  if (text === "") return unparsed("empty name", 0);
  const wire = new Uint8Array(nameOctetsMax);
  let labelStart = 0;
  let end = 1;
  for (let at = 0; at < text.length; at++) {
    let octet = text.charCodeAt(at);
    if (octet > 0x7e) return unparsed("character outside ASCII in a name", at);
    if (octet === dot) {
      if (end === labelStart + 1) return unparsed("empty label", at);
      if (end >= nameOctetsMax) return unparsed("name longer than 255 octets", at);
      wire[labelStart] = end - labelStart - 1;
      labelStart = end++;
      continue;
    }
    if (octet === backslash) {
      const escape = readEscape(text, at);
      if (!escape.ok) return escape;
      octet = escape.value.octet;
      at = escape.value.last;
    }
    if (end - labelStart > labelOctetsMax) return unparsed("label longer than 63 octets", at);
    if (end >= nameOctetsMax - 1) return unparsed("name longer than 255 octets", at);
    wire[end++] = octet;
  }
  const finalDot = end === labelStart + 1;
  if (!finalDot) {
    wire[labelStart] = end - labelStart - 1;
    end++;
  }
  return parsed(wire.slice(0, end));
}

function readEscape(text: string, at: number): Parsed<{ octet: number; last: number }> {
  const next = text.charCodeAt(at + 1);
  if (Number.isNaN(next) || next > 0x7e) return unparsed("escape without a character", at);
  if (!isDigit(next)) return parsed({ octet: next, last: at + 1 });
  const octet = Number(text.slice(at + 1, at + 4));
  if (!isDigit(text.charCodeAt(at + 2)) || !isDigit(text.charCodeAt(at + 3)) || octet > 255) {
    return unparsed("escape that is not three digits up to 255", at);
  }
  return parsed({ octet, last: at + 3 });
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** A name as people write it, final dot or not, in canonical text form. Problems as `nameTextToWire`. */
export function parseName(text: string): Parsed<string> {
  const wire = nameTextToWire(text);
  if (!wire.ok) return wire;
  const name = readWireName(wire.value, 0, { pointers: "refused" });
  return name.ok ? parsed(name.value.name) : name;
}

/** The wire form of a name that is known to be sound. Throws when it is not: that is a bug of the caller. */
export function nameToWire(name: string): Uint8Array {
  const wire = nameTextToWire(name);
  if (!wire.ok) throw new TypeError(`not a domain name: ${wire.problem}`);
  return wire.value;
}

export type WireNameOptions = {
  /** Whether compression pointers (RFC 1035 §4.1.4) may occur: in a message yes, in stored RDATA no. */
  pointers: "followed" | "refused";
  /** Absent means lower. */
  letters?: "lower" | "kept";
};

/** Reads a name that starts at `offset`; `end` is the offset after it where it stands, not where a pointer led. */
export function readWireName(
  bytes: Uint8Array,
  offset: number,
  options: WireNameOptions,
): Parsed<{ name: string; end: number }> {
  const labels = locateLabels(bytes, offset, options.pointers);
  if (!labels.ok) return labels;
  const table = options.letters === "kept" ? textOfOctet : lowerTextOfOctet;
  let name = "";
  for (const start of labels.value.starts) {
    if (name !== "") name += ".";
    const last = start + (bytes[start] ?? 0);
    for (let at = start + 1; at <= last; at++) name += table[bytes[at] ?? 0];
  }
  return parsed({ name: name === "" ? "." : name, end: labels.value.end });
}

/** Reads a possibly compressed name and gives it back in full, as octets, lower-case. */
export function expandWireName(bytes: Uint8Array, offset: number): Parsed<{ wire: Uint8Array; end: number }> {
  const labels = locateLabels(bytes, offset, "followed");
  if (!labels.ok) return labels;
  const wire = new Uint8Array(labels.value.octets);
  let to = 0;
  for (const start of labels.value.starts) {
    const length = bytes[start] ?? 0;
    wire[to++] = length;
    for (let at = start + 1; at <= start + length; at++) wire[to++] = lowerOctet(bytes[at] ?? 0);
  }
  return parsed({ wire, end: labels.value.end });
}

const lowerOctet = (octet: number): number => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet);

/**
 * The offsets of a name's labels. Every pointer has to lead before everything read so far, so there is no loop; the limits
 * on octets and pointers bound the work for one name by a constant.
 */
function locateLabels(
  bytes: Uint8Array,
  offset: number,
  pointers: WireNameOptions["pointers"],
): Parsed<{ starts: number[]; octets: number; end: number }> {
  const starts: number[] = [];
  let octets = 1;
  let end: number | undefined;
  let lowest = offset;
  let followed = 0;
  let at = offset;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return unparsed("name runs past the end", at);
    if (length === 0) return parsed({ starts, octets, end: end ?? at + 1 });
    if (length <= labelOctetsMax) {
      octets += length + 1;
      if (octets > nameOctetsMax) return unparsed("name longer than 255 octets", at);
      starts.push(at);
      at += length + 1;
      continue;
    }
    if (length < 0xc0) return unparsed("unknown label type", at);
    if (pointers === "refused") return unparsed("compressed name where none may stand", at);
    const low = bytes[at + 1];
    if (low === undefined) return unparsed("name runs past the end", at);
    const target = ((length & 0x3f) << 8) | low;
    if (target >= lowest || target < headerOctets) return unparsed("compression pointer that does not lead back", at);
    if (++followed > pointersMax) return unparsed("too many compression pointers in one name", at);
    end ??= at + 2;
    lowest = target;
    at = target;
  }
}

/** Whether the dot at `index` belongs to a label: an odd number of backslashes stands before it. */
function isEscapedDot(name: string, index: number): boolean {
  let backslashes = 0;
  while (name.charCodeAt(index - 1 - backslashes) === backslash) backslashes++;
  return backslashes % 2 === 1;
}

function labelEnd(name: string, from: number): number {
  let index = name.indexOf(".", from);
  while (index > 0 && isEscapedDot(name, index)) index = name.indexOf(".", index + 1);
  return index;
}

/** The labels from left to right, escapes left in; none for the root. */
export function labelsOf(name: string): string[] {
  if (name === ".") return [];
  const labels: string[] = [];
  for (let from = 0; ;) {
    const end = labelEnd(name, from);
    if (end < 0) return [...labels, name.slice(from)];
    labels.push(name.slice(from, end));
    from = end + 1;
  }
}

/** The name without its first label; undefined for the root. */
export function parentName(name: string): string | undefined {
  if (name === ".") return undefined;
  const end = labelEnd(name, 0);
  return end < 0 ? "." : name.slice(end + 1);
}

/** `label` (escapes in) put before `parent`. The caller answers for the limits. */
export const childName = (label: string, parent: string): string => (parent === "." ? label : `${label}.${parent}`);

/** Whether `name` is `ancestor` or a descendant of it. Both canonical. */
export function isAtOrBelow(name: string, ancestor: string): boolean {
  if (ancestor === "." || name === ancestor) return true;
  const boundary = name.length - ancestor.length - 1;
  return boundary > 0 && name[boundary] === "." && name.endsWith(ancestor) && !isEscapedDot(name, boundary);
}
