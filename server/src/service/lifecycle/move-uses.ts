import { findSelectorImport } from "../../engine/database/selector-imports.ts";
import { hides } from "../../model/delegation/move.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import type { MethodName } from "../../model/delegation/delegation.ts";
import { latest } from "../../model/key/key-fact.ts";
import { leavesNameFree } from "../../model/key/key-phase.ts";
import { useElsewhereText } from "../../model/key/use-elsewhere.ts";
import { broughtAs, phaseOfKey } from "../../model/rotation/rotation-state.ts";
import { Refusal } from "../refusal.ts";
import { lookInto, type Onlooker } from "./key-list.ts";
import { usesElsewhere } from "./last-use.ts";

/** So many are told with their last use; a zone may carry more. */
const shownMax = 20;

/**
 * A move takes keys away that others sign with: those that the customer brought, and other vendors' selectors in a zone that is not ours any more
 * when it is over. Refuses it until somebody who has seen their last use says that it is meant.
 */
export async function refuseUnlessMeant(
  deps: Onlooker,
  { tenantId, domainId }: { tenantId: string; domainId: string },
  to: MethodName,
): Promise<void> {
  const { domain } = await lookInto(deps, tenantId, domainId);
  const { row, claim, keys, keyRows } = domain;
  const brought = keys.flatMap((key) => {
    const isGoing = leavesNameFree(phaseOfKey(key)) || latest(key.facts, "declared") !== undefined;
    return broughtAs(key) === undefined || isGoing ? [] : keyRows.filter(({ id }) => id === key.id);
  });
  const carriesOthers = hides(methodOf(claim.method)) && !hides(methodOf(to));
  const taken = carriesOthers ? await findSelectorImport(deps.db, domainId) : undefined;
  // What is carried may be an alias of our own, of a method before.
  const ours = new Set(keyRows.map(({ selector }) => selector));
  const vendors = (taken?.selectors ?? [])
    .filter(({ selector, name, records }) => name === undefined && records.length > 0 && !ours.has(selector))
    .map(({ selector }) => ({ selector, keyName: `${selector}._domainkey.${row.name}` }));
  const others = [...brought, ...vendors];
  if (others.length === 0) return;
  const now = Math.floor(deps.nowMs() / 1000);
  const lines: string[] = [];
  for (const other of others.slice(0, shownMax)) {
    const use = useElsewhereText(await usesElsewhere(deps.db, tenantId, other, now));
    lines.push(`${other.selector}: last use elsewhere ${use}`);
  }
  if (others.length > shownMax) lines.push(`and ${others.length - shownMax} more`);
  const first =
    vendors.length > 0 ? "Put the selectors that are used into your own zone before the delegation ends. " : "";
  throw new Refusal(
    "confirmation-needed",
    `with this move ${row.name} loses keys that others may sign with. ${lines.join(". ")}. ` +
      `${first}When that is meant: chancery domain move ${row.name} --method ${to} --yes`,
  );
}
