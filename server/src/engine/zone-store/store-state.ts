import type { StoredZone } from "./stored-zone.ts";
import { originOf, type StoreChange } from "./store-change.ts";

/** All that is served at one moment, and what must be remembered of what was. */
export class StoreState {
  /** Rises by one with every change. */
  generation: number;
  /** The database's change number up to which it was followed. */
  followed: number;
  readonly zones: Map<string, StoredZone>;
  /** The highest serials of zones that are served no more: coming back they start above (RFC 1982 §4). */
  readonly lastSerials: Map<string, number>;

  constructor(
    generation: number,
    followed: number,
    zones: Iterable<readonly [string, StoredZone]> = [],
    lastSerials: Iterable<readonly [string, number]> = [],
  ) {
    this.generation = generation;
    this.followed = followed;
    this.zones = new Map(zones);
    this.lastSerials = new Map(lastSerials);
  }

  /** A copy, which stays as it is while this one goes on. The zones are shared: they never change. */
  copy(): StoreState {
    return new StoreState(this.generation, this.followed, this.zones, this.lastSerials);
  }

  take({ followed, steps }: StoreChange): void {
    this.generation += 1;
    this.followed = followed;
    for (const step of steps) {
      const origin = originOf(step);
      if (step.kind === "removed") {
        const gone = this.zones.get(origin);
        if (gone !== undefined) this.lastSerials.set(origin, gone.zone.serial);
        this.zones.delete(origin);
      } else {
        this.zones.set(origin, step.next);
        this.lastSerials.delete(origin);
      }
    }
  }
}
