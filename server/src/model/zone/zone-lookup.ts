import { isAtOrBelow, parentName } from "chancery/dns";
import type { Rrset } from "./rrset.ts";

/** What rules may ask about a zone. */
export type ZoneLookup = {
  origin: string;
  /** The RRsets at a name. */
  at: (name: string) => readonly Rrset[];
  /** Names below one that hold records; of a great many, some. */
  namesBelow: (name: string) => readonly string[];
  /** Every NS RRset. */
  delegations: () => readonly Rrset[];
};

/** A zone that is held as a whole, to be asked about all of its names: what hides others need not be asked, they say it themselves. */
export function lookupOf(origin: string, sets: readonly Rrset[]): ZoneLookup {
  const byName = Map.groupBy(sets, ({ name }) => name);
  const delegations = sets.filter(isDelegation);
  return { origin, at: (name) => byName.get(name) ?? [], namesBelow: () => [], delegations: () => delegations };
}

/** A zone as it is when some of its names are changed: `changed` holds all that then stands at them. */
export function changedLookup(zone: ZoneLookup, changed: ReadonlyMap<string, readonly Rrset[]>): ZoneLookup {
  return {
    origin: zone.origin,
    at: (name) => changed.get(name) ?? zone.at(name),
    namesBelow: (ancestor) => {
      const names = new Set(zone.namesBelow(ancestor));
      for (const [name, sets] of changed)
        if (name === ancestor || !isAtOrBelow(name, ancestor)) continue;
        else if (sets.length > 0) names.add(name);
        else names.delete(name);
      return [...names];
    },
    delegations: () => [
      ...zone.delegations().filter(({ name }) => !changed.has(name)),
      ...[...changed.values()].flat().filter(isDelegation),
    ],
  };
}

const NS = 2;
const isDelegation = ({ type }: Rrset): boolean => type === NS;

/** The ancestors of a name within the zone, from its parent to the origin; none of the origin. */
export function ancestorsOf(name: string, origin: string): string[] {
  const ancestors: string[] = [];
  for (let at = name; at !== origin;) {
    const parent = parentName(at);
    if (parent === undefined) break;
    ancestors.push(parent);
    at = parent;
  }
  return ancestors;
}
