import { groupBits, type ContentParts } from "./zone-content.ts";
import { hashBits } from "../name/name-hash.ts";
import { depthOf, pageNodesMax, pageOf, type Entry } from "./zone-page.ts";

/** A page with more of them is split; with a good hash it then has half of it. */
const nodesBeforeSplit = 128;
/** A page with more octets is split as well, unless only a few large names make it so. */
const octetsBeforeSplit = 1 << 16;
const nodesOfLargePage = 16;
/** Names for each place in the directory at least: names made to have equal hashes cannot blow it up. */
const nodesPerPageMin = 8;
const depthMax = 24;
/** What a zone that is built at once aims at: half of it to all of it. */
const nodesOfNewPage = 96;

/** Bits for the pages of a new zone of so many names. */
export const depthFor = (nodeCount: number): number =>
  Math.min(depthMax, Math.max(0, Math.ceil(Math.log2(nodeCount / nodesOfNewPage))));

const deepest = (nodeCount: number): number =>
  Math.min(depthMax, Math.max(0, Math.floor(Math.log2(nodeCount / nodesPerPageMin))));

const groupMask = (1 << groupBits) - 1;

/** Pages by the leading bits of a hash, in groups. */
export function groupsOf(pages: readonly Uint8Array[]): Uint8Array[][] {
  const groups: Uint8Array[][] = [];
  for (let from = 0; from < pages.length; from += groupMask + 1) groups.push(pages.slice(from, from + groupMask + 1));
  return groups;
}

/** The directory of a version of a zone that is being made from the one before: extendible hashing, copied where it is written. */
export class Directory {
  depth: number;
  #groups: (readonly Uint8Array[])[];
  #own = new Set<number>();

  constructor({ depth, groups }: Pick<ContentParts, "depth" | "groups">) {
    this.depth = depth;
    this.#groups = [...groups];
  }

  get groups(): readonly (readonly Uint8Array[])[] {
    return this.#groups;
  }

  pageOf(hash: number): Uint8Array {
    const number = hash >>> (hashBits - this.depth);
    return this.#groups[number >> groupBits]![number & groupMask]!;
  }

  /**
   * Puts these entries, in the order of their hashes, in the place of a page for the names that have `depth` leading bits in common with
   * `hash`, split when it is too large for a zone of about `nodeCount` names. Answers the pages, or undefined when too many names have the
   * same hash.
   */
  put(entries: readonly Entry[], depth: number, hash: number, nodeCount: number): Uint8Array[] | undefined {
    const octets = entries.reduce((sum, { from, end }) => sum + end - from, 0);
    const isLarge =
      entries.length > nodesBeforeSplit || (octets > octetsBeforeSplit && entries.length > nodesOfLargePage);
    if (!isLarge || depth >= deepest(nodeCount)) {
      if (entries.length >= pageNodesMax) return undefined;
      const page = pageOf(depth, entries);
      this.#place(page, hash);
      return [page];
    }
    const bit = 1 << (hashBits - 1 - depth);
    const middle = entries.findIndex((entry) => (entry.hash & bit) !== 0);
    const half = middle < 0 ? entries.length : middle;
    const low = this.put(entries.slice(0, half), depth + 1, hash & ~bit, nodeCount);
    const high = this.put(entries.slice(half), depth + 1, hash | bit, nodeCount);
    return low && high && [...low, ...high];
  }

  #place(page: Uint8Array, hash: number): void {
    while (this.depth < depthOf(page)) this.#deepen();
    const spare = this.depth - depthOf(page);
    const first = (hash >>> (hashBits - depthOf(page))) << spare;
    for (let number = first; number < first + (1 << spare); number++) {
      this.#ownGroup(number >> groupBits)[number & groupMask] = page;
    }
  }

  #ownGroup(index: number): Uint8Array[] {
    if (!this.#own.has(index)) {
      this.#groups[index] = this.#groups[index]!.slice();
      this.#own.add(index);
    }
    return this.#groups[index] as Uint8Array[];
  }

  #deepen(): void {
    this.depth++;
    this.#groups = groupsOf(this.#groups.flat().flatMap((page) => [page, page]));
    this.#own = new Set(this.#groups.keys());
  }
}
