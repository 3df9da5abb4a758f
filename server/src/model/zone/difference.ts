import { typeName } from "chancery/dns";
import type { RrsetDifference } from "./change.ts";
import { type Rrset, isSameRrset, textOf, type RrsetText } from "./rrset.ts";

/** What has to be done to one version of a zone to make another of it, by the order of the other; what is taken away comes last. */
export function differencesBetween(before: readonly Rrset[], after: readonly Rrset[]): RrsetDifference[] {
  const keyOf = ({ name, type }: Rrset): string => `${type} ${name}`;
  const left = new Map(before.map((set) => [keyOf(set), set]));
  const differences: RrsetDifference[] = [];
  for (const set of after) {
    const there = left.get(keyOf(set));
    left.delete(keyOf(set));
    if (there !== undefined && isSameRrset(there, set)) continue;
    differences.push({ name: set.name, type: set.type, ...(there && { before: there }), after: set });
  }
  for (const set of left.values()) differences.push({ name: set.name, type: set.type, before: set });
  return differences;
}

/** A difference as people read it; null where nothing was or is. */
export type ChangedRrset = { name: string; type: string; before: RrsetText | null; after: RrsetText | null };

export const shownDifference = ({ name, type, before, after }: RrsetDifference): ChangedRrset => ({
  name,
  type: typeName(type),
  before: before === undefined ? null : textOf(before),
  after: after === undefined ? null : textOf(after),
});
