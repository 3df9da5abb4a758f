import { nameOctetsMax, labelOctetsMax } from "../name/name.ts";
import { TYPE } from "../record/record.ts";
import { rdataProblem, setOctetsMax, setsProblem } from "./zone-entry.ts";
import { keyRdataOctets, type KeyTemplate } from "./zone-key.ts";
import type { Parents } from "./zone-parents.ts";
import {
  childrenAt,
  countOf,
  entryAt,
  entryEnd,
  fixedOctets,
  FORM,
  hashAt,
  headOctets,
  indexOctets,
  keyHeadOctets,
  nameAt,
  pageNodesMax,
  putU32,
  readSets,
  setCount,
  setHeadOctets,
  setsAt,
  u16,
  u24,
  u32,
} from "./zone-page.ts";

const IN = 1;
const ttlMax = 0x7fff_ffff;

/** What pages are checked against. */
export type PageContext = { origin: Uint8Array; templates: readonly KeyTemplate[]; parents: Parents };

/**
 * Why these octets are no page that a zone could have, or undefined: then all that is read in it later lies inside it. The names are told to
 * `parents`; the numbers of children are set to 0, since only the whole zone can tell them.
 */
export function checkPage(page: Uint8Array, context: PageContext): string | undefined {
  if (page.length < headOctets) return "shorter than its head";
  const count = countOf(page);
  const indexEnd = headOctets + indexOctets * count;
  if (count >= pageNodesMax || indexEnd > page.length) return "index cut short";
  let next = indexEnd;
  for (let place = 0; place < count; place++) {
    if (entryAt(page, place) !== next) return "index and entries do not agree";
    const end = entryEnd(page, place);
    if (end < next || end > page.length) return "entry out of the page";
    const problem = entryProblem(page, next, end, context) ?? orderProblem(page, place);
    if (problem !== undefined) return problem;
    if (!context.parents.take(page, next, hashAt(page, place))) return "a name under another hash";
    next = end;
  }
  return next === page.length ? undefined : "octets after the last entry";
}

/** Hashes ascend; of names with one hash none may be there twice. */
function orderProblem(page: Uint8Array, place: number): string | undefined {
  const hash = hashAt(page, place);
  for (let before = place - 1; before >= 0 && hashAt(page, before) >= hash; before--) {
    if (hashAt(page, before) > hash) return "names out of order";
    const [one, other] = [nameAt(page, entryAt(page, before)), nameAt(page, entryAt(page, place))];
    if (one.length === other.length && one.every((octet, at) => octet === other[at])) return "a name twice";
  }
  return undefined;
}

function entryProblem(
  page: Uint8Array,
  entry: number,
  end: number,
  { origin, templates }: PageContext,
): string | undefined {
  if (entry >= end || setsAt(page, entry) > end) return "entry cut short";
  if (!isName(page, entry + 1, childrenAt(page, entry)) || page[entry]! + origin.length > nameOctetsMax)
    return "no name";
  putU32(page, childrenAt(page, entry), 0);
  let at = setsAt(page, entry);
  let previous = -1;
  let isPlainTxt = true;
  for (let left = setCount(page, entry); left > 0; left--) {
    if (at + setHeadOctets > end || at + setHeadOctets + u24(page, at + 3) > end) return "records cut short";
    const type = u16(page, at);
    if (type <= previous) return "types out of order";
    previous = type;
    if (type !== TYPE.TXT) isPlainTxt = false;
    const next = at + setHeadOctets + u24(page, at + 3);
    const problem = page[at + 2] === FORM.key ? keyProblem(page, at, next, templates) : plainProblem(page, at, next);
    if (problem !== undefined) return problem;
    at = next;
  }
  if (at !== end) return "octets after the records of a name";
  return isPlainTxt ? undefined : setsProblem(readSets(page, entry, templates), page[entry] === 0);
}

/** Whole labels in lower case, without a final zero. */
function isName(page: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at < end) {
    const size = page[at]!;
    if (size === 0 || size > labelOctetsMax || at + 1 + size > end) return false;
    for (let octet = at + 1; octet <= at + size; octet++)
      if (page[octet]! >= 0x41 && page[octet]! <= 0x5a) return false;
    at += 1 + size;
  }
  return true;
}

function keyProblem(page: Uint8Array, set: number, end: number, templates: readonly KeyTemplate[]): string | undefined {
  const at = set + setHeadOctets;
  if (u16(page, set) !== TYPE.TXT || at + keyHeadOctets >= end) return "no key";
  const template = templates[u16(page, at + 4)];
  if (!template || u32(page, at) > ttlMax) return "no key";
  return keyRdataOctets(template, end - at - keyHeadOctets) > setOctetsMax ? "key too large" : undefined;
}

function plainProblem(page: Uint8Array, set: number, end: number): string | undefined {
  const type = u16(page, set);
  const first = set + setHeadOctets;
  if (page[set + 2] !== FORM.plain || first === end) return "no records";
  let records = 0;
  for (let at = first; at < end; records++) {
    const next = at + fixedOctets + (at + fixedOctets > end ? 0 : u16(page, at + 8));
    if (next > end) return "record cut short";
    const hasTtl = type === TYPE.RRSIG || u32(page, at + 4) === u32(page, first + 4); // see recordTtl
    const isAsFirst = u16(page, at) === type && u16(page, at + 2) === IN && hasTtl;
    if (!isAsFirst || u32(page, at + 4) > ttlMax) return "record not like the others of its set";
    const problem = rdataProblem(type, page.subarray(at + fixedOctets, next));
    if (problem !== undefined) return problem;
    at = next;
  }
  return end - first + 2 * records > setOctetsMax ? "records too large for a message" : undefined;
}
