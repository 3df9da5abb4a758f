import { TYPE } from "../record/record.ts";
import { countOf, entryAt, fixedOctets, FORM, setCount, setEnd, setHeadOctets, setsAt, u16 } from "./zone-page.ts";

const labelCounts = 128;

/** What a zone knows of all its pages together. */
export type ZoneCounts = {
  readonly nodes: number;
  readonly records: number;
  /** Of names that are a wildcard (RFC 4592 §2.1.1), with records or not. */
  readonly wildcards: number;
  /**
   * By number of labels: the names with a zone cut or a DNAME, since what is below those is not answered from the zone. NS at a wildcard
   * delegates nothing that a resolver could follow (RFC 4592 §4.2), and at the origin it is the zone's own.
   */
  readonly covers: Uint32Array;
};

export const noCounts: ZoneCounts = { nodes: 0, records: 0, wildcards: 0, covers: new Uint32Array(labelCounts) };

/** The counts with some pages gone and others come. */
export function recounted(
  before: ZoneCounts,
  originLabels: number,
  gone: Iterable<Uint8Array>,
  come: Iterable<Uint8Array>,
): ZoneCounts {
  const counts = { ...before, covers: before.covers.slice() };
  const add = (page: Uint8Array, sign: 1 | -1): void => {
    for (let place = 0; place < countOf(page); place++) {
      const entry = entryAt(page, place);
      counts.nodes += sign;
      if (isWildcard(page, entry)) counts.wildcards += sign;
      let at = setsAt(page, entry);
      for (let left = setCount(page, entry); left > 0; left--, at = setEnd(page, at)) {
        counts.records += sign * recordsIn(page, at);
        if (isCover(page, entry, u16(page, at))) counts.covers[originLabels + labelsOf(page, entry)]! += sign;
      }
    }
  };
  for (const page of gone) add(page, -1);
  for (const page of come) add(page, 1);
  return counts;
}

const isWildcard = (page: Uint8Array, entry: number): boolean =>
  page[entry]! >= 2 && page[entry + 1] === 1 && page[entry + 2] === 0x2a;

const isCover = (page: Uint8Array, entry: number, type: number): boolean =>
  type === TYPE.DNAME || (type === TYPE.NS && page[entry] !== 0 && !isWildcard(page, entry));

function labelsOf(page: Uint8Array, entry: number): number {
  const end = entry + 1 + page[entry]!;
  let labels = 0;
  for (let at = entry + 1; at < end; at += 1 + page[at]!) labels++;
  return labels;
}

function recordsIn(page: Uint8Array, set: number): number {
  if (page[set + 2] === FORM.key) return 1;
  const end = setEnd(page, set);
  let records = 0;
  for (let at = set + setHeadOctets; at < end; records++) at += fixedOctets + u16(page, at + 8);
  return records;
}
