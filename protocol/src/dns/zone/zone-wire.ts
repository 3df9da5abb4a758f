import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { TYPE } from "../record/record.ts";
import { ZoneContent } from "./zone-content.ts";
import { noCounts, recounted } from "./zone-counts.ts";
import { groupsOf } from "./zone-directory.ts";
import { keyTextOctetsMax, type KeyTemplate } from "./zone-key.ts";
import { LookupName } from "../name/lookup-name.ts";
import { hashBits } from "../name/name-hash.ts";
import { checkPage } from "./zone-page-check.ts";
import { Parents } from "./zone-parents.ts";
import { countOf, depthOf, hashAt, putU16, putU32, u16, u32 } from "./zone-page.ts";
import { zoneOf, type Zone } from "./zone.ts";

const depthMax = 24;
const pageOctetsMax = 1 << 30;

/**
 * A zone as octets, for a snapshot: its pages as they lie in memory, with what is needed to find them. In order: length of the head without
 * this (4); origin in wire form; number of templates (2), each as head and tail, each of those with its length (2); number of pages (4), the
 * octets of each (4); then the pages.
 */
export function* zoneToWire(zone: Zone): Generator<Uint8Array> {
  yield* inLargerPieces([headOf(zone), ...zone.content.pages()]);
}

/** How many octets `zoneToWire` gives. */
export const zoneWireOctets = (zone: Zone): number => headOf(zone).length + zone.content.octets();

function headOf({ content }: Zone): Uint8Array {
  const pages = [...content.pages()];
  const texts = content.templates.flatMap(({ head, tail }) => [head, tail]);
  const octets = texts.reduce((sum, text) => sum + 2 + text.length, content.origin.length + 2 + 4 + 4 * pages.length);
  const head = new Uint8Array(4 + octets);
  putU32(head, 0, octets);
  head.set(content.origin, 4);
  let at = 4 + content.origin.length;
  putU16(head, at, content.templates.length);
  at += 2;
  for (const text of texts) {
    putU16(head, at, text.length);
    head.set(text, at + 2);
    at += 2 + text.length;
  }
  putU32(head, at, pages.length);
  for (const [index, page] of pages.entries()) putU32(head, at + 4 + 4 * index, page.length);
  return head;
}

/** Few writes are quicker than many. */
const pieceOctets = 1 << 20;

function* inLargerPieces(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let held: Uint8Array[] = [];
  let octets = 0;
  for (const part of parts) {
    held.push(part);
    octets += part.length;
    if (octets < pieceOctets) continue;
    yield joined(held, octets);
    [held, octets] = [[], 0];
  }
  if (octets > 0) yield joined(held, octets);
}

function joined(parts: readonly Uint8Array[], octets: number): Uint8Array {
  const whole = new Uint8Array(octets);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The next octets, so many of them, in an array of their own that the reader may keep; undefined when there are not so many left. */
export type OctetSource = (octets: number) => Uint8Array | undefined;

/**
 * The zone that `zoneToWire` wrote. Everything is checked, whoever wrote it: all else than what `buildZone` could have made is a problem,
 * and no octets lead to an exception. Reads no further than the zone's end. The offset of a problem is the number of a page.
 */
export function readZone(source: OctetSource): Parsed<Zone> {
  const length = source(4);
  const octets = length && u32(length, 0) <= pageOctetsMax ? source(u32(length, 0)) : undefined;
  const head = octets && readHead(octets);
  if (!head) return unparsed("the head of the zone is cut short or not in order", 0);
  const { origin, originLabels, templates } = head;
  const parents = new Parents(origin);
  const pages: Uint8Array[] = [];
  let counts = noCounts;
  for (const size of head.sizes) {
    const page = source(size);
    const problem = page ? checkPage(page, { origin, templates, parents }) : "cut short";
    if (!page || problem !== undefined) return unparsed(`page ${pages.length + 1}: ${problem}`, pages.length);
    pages.push(page);
    counts = recounted(counts, originLabels, [], [page]);
  }
  const directory = directoryOf(pages);
  if (!directory) return unparsed("the pages do not cover all names, each once", 0);
  const apex = new LookupName();
  apex.read(origin, 0);
  const groups = groupsOf(directory.pages);
  const content = new ZoneContent({ origin, originLabels, depth: directory.depth, groups, templates, counts }, apex);
  if (content.apex < 0 || content.findSet(content.apex, TYPE.SOA) < 0) return unparsed("no SOA", 0);
  const problem = parents.settle(content);
  return problem === undefined ? parsed(zoneOf(content, [])) : unparsed(problem, 0);
}

/** The zone of these octets, all of them. It does not hold on to `bytes`. */
export function zoneFromWire(bytes: Uint8Array): Parsed<Zone> {
  let at = 0;
  const zone = readZone((octets) => {
    if (octets > bytes.length - at) return undefined;
    at += octets;
    return new Uint8Array(bytes.subarray(at - octets, at)); // a Buffer's slice would be no copy
  });
  return zone.ok && at < bytes.length ? unparsed("octets after the zone", at) : zone;
}

type Head = { origin: Uint8Array; originLabels: number; templates: KeyTemplate[]; sizes: number[] };

function readHead(octets: Uint8Array): Head | undefined {
  const name = new LookupName();
  let at = name.read(octets, 0);
  if (at < 0) return undefined;
  const texts: Uint8Array[] = [];
  const count = u16(octets, at);
  at += 2;
  for (let text = 0; text < 2 * count; text++) {
    const end = at + 2 + u16(octets, at);
    if (!(end <= octets.length) || end - at - 2 > keyTextOctetsMax) return undefined;
    texts.push(octets.slice(at + 2, end));
    at = end;
  }
  if (at + 4 > octets.length || at + 4 + 4 * u32(octets, at) !== octets.length) return undefined;
  const sizes = Array.from({ length: u32(octets, at) }, (_, page) => u32(octets, at + 4 + 4 * page));
  if (sizes.some((size) => size > pageOctetsMax)) return undefined;
  const templates = Array.from({ length: count }, (_, n) => ({ head: texts[2 * n]!, tail: texts[2 * n + 1]! }));
  return { origin: name.octets.slice(0, name.length), originLabels: name.labels, templates, sizes };
}

/** The pages by number, undefined when they do not follow each other as their depths say, or hold names of others. */
function directoryOf(pages: readonly Uint8Array[]): { depth: number; pages: Uint8Array[] } | undefined {
  const depth = pages.reduce((deepest, page) => Math.max(deepest, depthOf(page)), 0);
  if (depth > depthMax || pages.length === 0 || pages.length > 2 ** depth) return undefined;
  if (2 ** depth > 64 + 64 * pages.length) return undefined; // no honest zone is so uneven, and it costs memory
  const all: Uint8Array[] = [];
  for (const page of pages) {
    const spare = 2 ** (depth - depthOf(page));
    const count = countOf(page);
    if (all.length % spare !== 0 || all.length + spare > 2 ** depth) return undefined;
    // The hashes ascend: the first and the last speak for all.
    if (count > 0 && hashAt(page, 0) >>> (hashBits - depth) < all.length) return undefined;
    if (count > 0 && hashAt(page, count - 1) >>> (hashBits - depth) >= all.length + spare) return undefined;
    for (let copy = 0; copy < spare; copy++) all.push(page);
  }
  return all.length === 2 ** depth ? { depth, pages: all } : undefined;
}
