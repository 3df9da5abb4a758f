import {
  buildZone,
  changeZone,
  isSerialAfter,
  readCatalog,
  zoneRecords,
  type CatalogMember,
  type Zone,
} from "chancery/dns";
import { fetchZone, type Fetched, type TransferSource } from "../../engine/dns-transfer-client/fetch-zone.ts";
import { NsdRefused, type NsdControl } from "../../engine/nsd-control/nsd-control.ts";
import { keepCopy, readCopy, removeZoneFile } from "./catalog-copy.ts";
import { planOf, type Plan } from "./plan.ts";

export type Following = {
  catalog: string;
  source: TransferSource;
  nsd: NsdControl;
  /** With which NSD adds member zones; whatever it has under another is not ours. */
  pattern: string;
  /** Where NSD keeps the files of these zones. */
  zoneFiles: string;
  /** Where we remember the catalog. */
  state: string;
  /** How many zones may go at once, of so many that are served. */
  removalsMax: (served: number) => number;
  /** Epoch seconds. */
  now: () => number;
  signal?: AbortSignal;
};

/**
 * What a look came to. In all cases but the first two nothing was changed. `unreachable`: the catalog could not be fetched. `broken`: it is
 * no catalog. `regressed`: the source has an older one than was applied. `refused`: NSD does not do as it is told.
 */
export type Followed =
  | { outcome: "unchanged"; serial: number; members: number }
  | { outcome: "applied"; serial: number; members: number; plan: Plan }
  | { outcome: "unreachable" | "broken" | "regressed" | "refused"; problem: string }
  | { outcome: "stopped"; serial: number; removals: number; removalsMax: number; served: number };

/**
 * One look: fetch the catalog, compare it with what NSD serves, and make NSD serve that. `applied` is the catalog of the look before; what NSD has is
 * looked at when the catalog changed, and when `look` says so. Kept is only what was applied, so a look that was broken off is repeated.
 */
export class CatalogFollower {
  readonly #following: Following;
  #applied: Zone | undefined;

  constructor(following: Following) {
    this.#following = following;
    this.#applied = readCopy(following.state, following.catalog);
  }

  async look(at: "changes" | "everything"): Promise<Followed> {
    const { catalog, state } = this.#following;
    const current = await this.#current();
    if ("outcome" in current) return current;
    const { zone } = current;
    const read = readCatalog(catalog, zoneRecords(zone));
    if (!read.ok) return { outcome: "broken", problem: read.problem };
    const members = read.value;
    const about = { serial: zone.serial, members: members.length };
    if (at === "changes" && zone === this.#applied) return { outcome: "unchanged", ...about };
    try {
      const plan = await this.#apply(members);
      if ("stopped" in plan) return { ...plan, outcome: "stopped", serial: zone.serial };
      if (zone !== this.#applied) keepCopy(state, zone);
      this.#applied = zone;
      const isIdle = plan.add.length + plan.remove.length + plan.reset.length === 0;
      return isIdle ? { outcome: "unchanged", ...about } : { outcome: "applied", ...about, plan };
    } catch (error) {
      if (!(error instanceof NsdRefused)) throw error;
      return { outcome: "refused", problem: error.message };
    }
  }

  /** The catalog as the source has it now: the one applied, where that is still the current one. */
  async #current(): Promise<{ zone: Zone } | Extract<Followed, { problem: string }>> {
    const applied = this.#applied;
    const changes = await this.#fetch(applied?.serial);
    const changed = zoneOf(changes, this.#following.catalog, applied);
    const doesNotFit = typeof changed === "string" && applied !== undefined && changes.result === "transferred";
    const zone = doesNotFit ? await this.#whole(changed) : changed;
    if (typeof zone === "string")
      return { outcome: changes.result === "failed" ? "unreachable" : "broken", problem: zone };
    if (applied !== undefined && isSerialAfter(applied.serial, zone.serial))
      return { outcome: "regressed", problem: `the source has serial ${zone.serial}, applied was ${applied.serial}` };
    return { zone };
  }

  /** Changes that do not fit what we hold are no reason to give up: the whole is asked for. */
  async #whole(problem: string): Promise<Zone | string> {
    const fetched = await this.#fetch(undefined);
    return fetched.result === "failed" ? problem : zoneOf(fetched, this.#following.catalog, undefined);
  }

  #fetch(have: number | undefined): Promise<Fetched> {
    const { source, catalog, now, signal } = this.#following;
    return fetchZone(source, catalog, { have, now, ...(signal && { signal }) });
  }

  async #apply(members: readonly CatalogMember[]): Promise<ReturnType<typeof planOf>> {
    const { nsd, pattern, removalsMax, zoneFiles } = this.#following;
    const before = this.#applied && readCatalog(this.#applied.origin, zoneRecords(this.#applied));
    const labels = new Map(before?.ok ? before.value.map(({ zone, label }) => [zone, label]) : []);
    const plan = planOf(members, await nsd.zones(), labels, { pattern, removalsMax });
    if ("stopped" in plan) return plan;
    const gone = [...plan.remove, ...plan.reset];
    await nsd.remove(gone);
    for (const zone of [...gone, ...plan.add]) removeZoneFile(zoneFiles, zone);
    await nsd.add([...plan.add, ...plan.reset], pattern);
    if (gone.length + plan.add.length > 0) this.#check(plan, await nsd.zones());
    return plan;
  }

  /** nsd-control says "ok" to a list of which it refused a line: what NSD has is the truth. */
  #check({ add, remove, reset }: Plan, has: Awaited<ReturnType<NsdControl["zones"]>>): void {
    const there = new Set(has.map(({ zone }) => zone));
    const notAdded = [...add, ...reset].filter((zone) => !there.has(zone));
    const notRemoved = remove.filter((zone) => there.has(zone));
    if (notAdded.length + notRemoved.length > 0)
      throw new NsdRefused(`NSD did not take ${[...notAdded, ...notRemoved].slice(0, 5).join(", ")}`);
  }
}

/** The zone that a transfer leads to, or what is wrong with it. */
function zoneOf(fetched: Fetched, origin: string, held: Zone | undefined): Zone | string {
  if (fetched.result === "failed") return fetched.problem;
  const { transferred } = fetched;
  switch (transferred.kind) {
    case "whole": {
      const zone = buildZone(origin, transferred.records);
      return zone.ok ? zone.value : zone.problem;
    }
    case "current":
      if (held === undefined) return "an answer without the zone";
      return transferred.serial === held.serial ? held : { ...held, serial: transferred.serial }; // for `regressed`
    case "changes": {
      let zone = held;
      for (const delta of transferred.deltas) {
        const next = zone && changeZone(zone, delta);
        if (!next?.ok) return next?.problem ?? "changes that were not asked for";
        zone = next.value;
      }
      return zone ?? "no changes";
    }
  }
}
