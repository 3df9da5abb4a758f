import { findSelectorImport } from "../../engine/database/selector-imports.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import { hides } from "../../model/delegation/move.ts";
import { latest } from "../../model/key/key-fact.ts";
import { leavesNameFree } from "../../model/key/key-phase.ts";
import type { UseElsewhere } from "../../model/key/use-elsewhere.ts";
import { broughtAs, phaseOfKey } from "../../model/rotation/rotation-state.ts";
import { lookInto, type Onlooker } from "./key-list.ts";
import { usesElsewhere } from "./last-use.ts";
import { loadAliases } from "./load-aliases.ts";

/** A selector that others sign under, with what reports show of it. `by`: how it comes to be with us. */
export type OthersUse = { selector: string; by: "brought" | "vendor" | "upstream"; use: UseElsewhere };

/** A zone may carry more; so many are told with their use. */
const selectorsMax = 100;

/** The selectors of a domain that others sign under and that go when the domain leaves its method: brought keys, those of other vendors in our zone, an upstream's. */
export async function othersUses(deps: Onlooker, tenantId: string, domainId: string): Promise<OthersUse[]> {
  const { domain } = await lookInto(deps, tenantId, domainId);
  const { dns } = await deps.settings();
  const { row, claim, keys, keyRows } = domain;
  const brought = keys.flatMap((key) => {
    const isGoing = leavesNameFree(phaseOfKey(key)) || latest(key.facts, "declared") !== undefined;
    return broughtAs(key) === undefined || isGoing ? [] : keyRows.filter(({ id }) => id === key.id);
  });
  const taken = hides(methodOf(claim.method)) ? await findSelectorImport(deps.db, domainId) : undefined;
  // What is carried may be an alias of our own, of a method before.
  const ours = new Set(keyRows.map(({ selector }) => selector));
  const vendors = (taken?.selectors ?? [])
    .filter(({ selector, name, records }) => name === undefined && records.length > 0 && !ours.has(selector))
    .map(({ selector }) => ({ selector, keyName: `${selector}._domainkey.${row.name}` }));
  const upstreams = dns === undefined ? [] : await loadAliases(deps.db, domain, dns);
  const now = Math.floor(deps.nowMs() / 1000);
  const told: OthersUse[] = [];
  for (const [by, names] of [
    ["brought", brought],
    ["vendor", vendors],
    ["upstream", upstreams],
  ] as const)
    for (const name of names.slice(0, selectorsMax))
      told.push({ selector: name.selector, by, use: await usesElsewhere(deps.db, tenantId, name, now) });
  return told;
}
