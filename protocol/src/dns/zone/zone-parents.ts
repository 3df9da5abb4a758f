import type { ZoneContent } from "./zone-content.ts";
import { hashFrom, hashOfState, hashStart } from "../name/name-hash.ts";
import { childrenAt, putU32, setCount } from "./zone-page.ts";

/** A name above others: its octets without the origin, in the page of one of those. */
type Parent = { page: Uint8Array; from: number; length: number; children: number; next: Parent | undefined };

/**
 * The names above the names of a zone that is being read, with how many each has below it. They are few beside all names, and come together while
 * each page is still warm in the processor's memory.
 */
export class Parents {
  /** The hash of the origin, ready to go on with what stands before it. */
  readonly #state: number;
  readonly #parents = new Map<number, Parent>();
  #emptyNames = 0;

  /** `origin` in wire form. */
  constructor(origin: Uint8Array) {
    this.#state = hashFrom(hashStart, origin, 0, origin.length - 1);
  }

  /** Takes a name of a page and its parent. False: its hash is another than the one given. */
  take(page: Uint8Array, entry: number, hash: number): boolean {
    const length = page[entry]!;
    if (length === 0) return hashOfState(this.#state) === hash;
    const label = page[entry + 1]! + 1;
    const state = hashFrom(this.#state, page, entry + 1 + label, entry + 1 + length);
    if (hashOfState(hashFrom(state, page, entry + 1, entry + 1 + label)) !== hash) return false;
    if (setCount(page, entry) === 0) this.#emptyNames++;
    this.#count(hashOfState(state), page, entry + 1 + label, length - label);
    return true;
  }

  #count(hash: number, page: Uint8Array, from: number, length: number): void {
    const first = this.#parents.get(hash);
    let parent = first;
    while (parent && !isSame(parent, page, from, length)) parent = parent.next;
    if (parent) parent.children++;
    else this.#parents.set(hash, { page, from, length, children: 1, next: first });
  }

  /** Writes into each name how many it has below it. Answers a problem: a name that is missing, or one without records and without names below it. */
  settle(content: ZoneContent): string | undefined {
    let emptyParents = 0;
    for (const [hash, first] of this.#parents) {
      for (let parent: Parent | undefined = first; parent; parent = parent.next) {
        const node = content.findOctets(hash, parent.page, parent.from, parent.length);
        if (node < 0) return "a name without the one above it";
        const page = content.page(node);
        const entry = content.entry(node);
        putU32(page, childrenAt(page, entry), parent.children);
        if (parent.length > 0 && setCount(page, entry) === 0) emptyParents++;
      }
    }
    return emptyParents === this.#emptyNames ? undefined : "a name with nothing at or below it";
  }
}

function isSame(parent: Parent, page: Uint8Array, from: number, length: number): boolean {
  if (parent.length !== length) return false;
  for (let at = 0; at < length; at++) if (parent.page[parent.from + at] !== page[from + at]) return false;
  return true;
}
