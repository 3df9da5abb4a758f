/** A queued message as the index knows it. `tenant` is the tag in its id, `due` in seconds of the clock that `take` is asked by. */
export type Due = { id: string; tenant: string; due: number };

/**
 * Which messages are due, soonest first and tenant by tenant in turn. It holds at most `capacity` entries, whatever the
 * length of the queue: past that the latest entry of the largest tenant falls out, and `missing` tells since when the
 * directory knows of messages that the index does not.
 */
export class DueIndex {
  #capacity: number;
  /** Each list is sorted by falling due time, so that the soonest is popped from its end. */
  #tenants = new Map<string, Due[]>();
  #ids = new Set<string>();
  /** The soonest due time that fell out; Infinity when nothing did. */
  missing = Infinity;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(entry: Due): void {
    if (this.#ids.has(entry.id)) return;
    const list = this.#tenants.get(entry.tenant) ?? [];
    if (list.length === 0) this.#tenants.set(entry.tenant, list);
    list.splice(positionFor(list, entry.due), 0, entry);
    this.#ids.add(entry.id);
    if (this.#ids.size > this.#capacity) this.#dropLatest(list);
  }

  /** Takes the next due message: tenants in turn, those that `mayStart` refuses left out. */
  take(now: number, mayStart: (tenant: string) => boolean): Due | undefined {
    for (const [tenant, list] of this.#tenants) {
      const soonest = list.at(-1);
      if (soonest === undefined || soonest.due > now || !mayStart(tenant)) continue;
      list.pop();
      this.#ids.delete(soonest.id);
      // To the end of the turn.
      this.#tenants.delete(tenant);
      if (list.length > 0) this.#tenants.set(tenant, list);
      return soonest;
    }
    return undefined;
  }

  /** When the next message of a tenant that may start is due; Infinity when there is none. */
  earliest(mayStart: (tenant: string) => boolean): number {
    let earliest = Infinity;
    for (const [tenant, list] of this.#tenants) {
      if (mayStart(tenant)) earliest = Math.min(earliest, list.at(-1)?.due ?? Infinity);
    }
    return earliest;
  }

  #dropLatest(own: Due[]): void {
    let largest = own;
    // A tenant at its fair share or above pays for itself; only a small one makes us look for the largest.
    if (own.length * this.#tenants.size < this.#ids.size) {
      for (const list of this.#tenants.values()) if (list.length > largest.length) largest = list;
    }
    const dropped = largest.shift();
    if (dropped === undefined) return;
    this.#ids.delete(dropped.id);
    this.missing = Math.min(this.missing, dropped.due);
    if (largest.length === 0) this.#tenants.delete(dropped.tenant);
  }
}

/** Where an entry goes in a list sorted by falling due time: before those of the same second, so that they leave first. */
function positionFor(list: readonly Due[], due: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.due ?? 0) > due) low = middle + 1;
    else high = middle;
  }
  return low;
}
