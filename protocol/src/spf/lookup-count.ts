import type { SpfTree } from "./tree.ts";

/** What one check may cost at a receiver (RFC 7208 §4.6.4): beyond it the result is permerror. */
export const spfLimits = { lookupsMax: 10, voidLookupsMax: 2, exchangesMax: 10 } as const;

/**
 * What evaluating a tree costs where no term matches until the end: mail from an address that the record does not know, or
 * knows last. `atLeast`: a part of it could not be seen (macros, no answer, a loop), which can only add to it.
 */
export type SpfCost = {
  lookups: number;
  /** Of `a` and `mx` that find nothing. An include or redirect that finds nothing is a permerror of its own (§5.2, §6.1). */
  voidLookups: number;
  /** The largest number of names behind one `mx`. */
  exchanges: number;
  atLeast: boolean;
};

/** Counts the look-ups of a tree. The same domain included twice is evaluated twice, and counts twice. */
export function spfCost(tree: SpfTree): SpfCost {
  const cost: SpfCost = { lookups: 0, voidLookups: 0, exchanges: 0, atLeast: false };
  add(tree, cost);
  return cost;
}

function add(tree: SpfTree, cost: SpfCost): void {
  if (tree.state === "unknown" || tree.state === "loop" || tree.state === "not-followed") cost.atLeast = true;
  if (tree.state !== "present") return;
  for (const term of tree.terms) {
    cost.lookups++;
    // The name of `ptr` is only compared with; everywhere else macros hide what would be found.
    if (term.found === "unknown" || (term.name === undefined && term.kind !== "ptr")) cost.atLeast = true;
    if (term.found === "nothing") cost.voidLookups++;
    cost.exchanges = Math.max(cost.exchanges, term.exchanges ?? 0);
    if (term.tree !== undefined) add(term.tree, cost);
  }
}

/** Every record of a tree, from the top. */
export function spfTrees(tree: SpfTree): SpfTree[] {
  const below = tree.state === "present" ? tree.terms.flatMap((term) => (term.tree ? spfTrees(term.tree) : [])) : [];
  return [tree, ...below];
}
