import type { CatalogMember } from "chancery/dns";
import { isPlainZoneName, type NsdZone } from "../../engine/nsd-control/nsd-control.ts";

/** What has to be done for the server to serve what the catalog lists. */
export type Plan = {
  add: string[];
  remove: string[];
  /** Members under another label than before: their state is forgotten, then they are fetched anew (RFC 9432 §5.4). */
  reset: string[];
  /** Members that are left out, and why. */
  passedOver: { zone: string; reason: string }[];
};

/** Too much would go at once: nothing is done until somebody says that this is meant. */
export type Stopped = { stopped: "too many removals"; removals: number; removalsMax: number; served: number };

/**
 * Compares the catalog with what the server has. Only zones with `pattern` are ours to remove; a member that is configured by hand stays as it
 * is. `labelsBefore`: the labels by zone, as they were applied last; a zone that is not among them is taken as it is.
 * `removalsMax` counts what would be removed or reset.
 */
export function planOf(
  members: readonly CatalogMember[],
  has: readonly NsdZone[],
  labelsBefore: ReadonlyMap<string, string>,
  { pattern, removalsMax }: { pattern: string; removalsMax: (served: number) => number },
): Plan | Stopped {
  const patterns = new Map(has.map(({ zone, pattern: its }) => [zone, its]));
  const plan: Plan = { add: [], remove: [], reset: [], passedOver: [] };
  const wanted = new Set<string>();
  for (const { zone, label } of members) {
    if (!isPlainZoneName(zone)) {
      plan.passedOver.push({ zone, reason: "its name has characters that this server is not given" });
      continue;
    }
    wanted.add(zone);
    if (!patterns.has(zone)) plan.add.push(zone);
    else if (patterns.get(zone) !== pattern)
      plan.passedOver.push({ zone, reason: "the server has it by its own configuration" });
    else if ((labelsBefore.get(zone) ?? label) !== label) plan.reset.push(zone);
  }
  const ours = has.filter((one) => one.pattern === pattern);
  for (const { zone } of ours) if (!wanted.has(zone)) plan.remove.push(zone);
  for (const names of [plan.add, plan.remove, plan.reset]) names.sort();
  const removals = plan.remove.length + plan.reset.length;
  const max = removalsMax(ours.length);
  return removals > max ? { stopped: "too many removals", removals, removalsMax: max, served: ours.length } : plan;
}

/** A tenth of what is served may go at once, and always five: a few customers leaving, not a catalog that is broken. */
export const usualRemovalsMax = (served: number): number => Math.max(5, Math.floor(served / 10));
