import { hides } from "../../model/delegation/move.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import type { MethodName } from "../../model/delegation/delegation.ts";
import { useElsewhereText } from "../../model/key/use-elsewhere.ts";
import { Refusal } from "../refusal.ts";
import { lookInto, type Onlooker } from "./key-list.ts";
import { othersUses } from "./others-uses.ts";

/** So many are told with their last use. */
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
  const { row } = (await lookInto(deps, tenantId, domainId)).domain;
  const staysOurs = hides(methodOf(to));
  const others = (await othersUses(deps, tenantId, domainId)).filter(
    ({ by }) => by === "brought" || (by === "vendor" && !staysOurs), // an upstream's are refused for another reason
  );
  if (others.length === 0) return;
  const lines = others
    .slice(0, shownMax)
    .map((one) => `${one.selector}: last use elsewhere ${useElsewhereText(one.use)}`);
  if (others.length > shownMax) lines.push(`and ${others.length - shownMax} more`);
  const first = others.some(({ by }) => by === "vendor")
    ? "Put the selectors that are used into your own zone before the delegation ends. "
    : "";
  throw new Refusal(
    "confirmation-needed",
    `with this move ${row.name} loses keys that others may sign with. ${lines.join(". ")}. ` +
      `${first}When that is meant: chancery domain move ${row.name} --method ${to} --yes`,
  );
}
