import type { Database } from "../../../engine/database/schema.ts";
import { listFloors, reportFloor, withdrawFloor } from "../../../engine/database/serial-floors.ts";
import type { StoredZone } from "../../../engine/zone-store/stored-zone.ts";
import { originOf, type ZoneStep } from "../../../engine/zone-store/store-change.ts";
import type { Conflict } from "./follow.ts";

/**
 * What this name server serves beyond the database: above the serial that the database has, since records were overridden here, or because
 * the database is an older copy. The database is told, so that the next serial it gives is above.
 */
export class Floors {
  readonly #node: string;
  readonly #beyond = new Set<string>();
  /** Serial by origin, as the database was told; undefined before it was asked what it knows. */
  #told: Map<string, number> | undefined;
  #db: Database | undefined;

  constructor(node: string, zones: ReadonlyMap<string, StoredZone>) {
    this.#node = node;
    for (const [origin, { zone, baseSerial }] of zones) if (zone.serial !== baseSerial) this.#beyond.add(origin);
  }

  note(steps: readonly ZoneStep[]): void {
    for (const step of steps)
      if (step.kind !== "removed" && step.next.zone.serial !== step.next.baseSerial) this.#beyond.add(originOf(step));
      else this.#beyond.delete(originOf(step));
  }

  async report(
    db: Database,
    zones: ReadonlyMap<string, StoredZone>,
    conflicts: ReadonlyMap<string, Conflict>,
    now: number,
  ): Promise<void> {
    if (this.#told === undefined || this.#db !== db) {
      const mine = (await listFloors(db)).filter(({ node }) => node === this.#node);
      this.#told = new Map(mine.map(({ origin, serial }) => [origin, serial]));
      this.#db = db;
    }
    const wanted = new Map<string, { serial: number; cause: "override" | "ahead" }>();
    for (const origin of this.#beyond) {
      const served = zones.get(origin);
      if (served !== undefined) wanted.set(origin, { serial: served.zone.serial, cause: "override" });
    }
    for (const { origin, served } of conflicts.values()) wanted.set(origin, { serial: served, cause: "ahead" });
    for (const [origin, floor] of wanted) {
      if (this.#told.get(origin) === floor.serial) continue;
      await reportFloor(db, { origin, node: this.#node, reportedAt: now, ...floor });
      this.#told.set(origin, floor.serial);
    }
    for (const origin of this.#told.keys()) {
      if (wanted.has(origin)) continue;
      await withdrawFloor(db, origin, this.#node);
      this.#told.delete(origin);
    }
  }
}
