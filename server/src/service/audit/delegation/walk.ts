import { isAtOrBelow, labelsOf, parentName, TYPE } from "chancery/dns";
import type { Delegation } from "../../../engine/resolver/resolution.ts";
import type { Found, IterativeSession } from "../../../engine/resolver/session.ts";
import type { Survey } from "./survey.ts";

/** One name of a chain and the zone that it is in. `holder`: the deepest zone that a referral led to, which may hold `apex` too. */
export type WalkedName = { name: string; apex: string; holder: Delegation; isAlias: boolean };

/** What the walks of one audit have learnt: names by name, and the apex above each parent of a name. */
export type Walks = { names: Map<string, WalkedName>; apexes: Map<string, string> };

/** A zone that keeps silent holds a walk up no longer; each of its servers is asked afterwards, all at the same time. */
const walkMs = 2000;
/** What full resolvers follow at least. */
const aliasesMax = 8;
/** Zones with fewer labels (the root, top levels) are not what goes wrong, and not the owner's to mend. */
const zoneLabelsMin = 2;

/** Follows the chain from `keyName` and adds to the walks every name that no other came by, with its zone. */
export async function walkChain(survey: Survey, keyName: string, { names, apexes }: Walks): Promise<void> {
  const session = survey.session({ totalMs: walkMs });
  let at = keyName;
  for (let aliases = 0; aliases <= aliasesMax && !names.has(at); aliases++) {
    const found = await session.find(at, TYPE.TXT);
    if ("reason" in found) {
      // A zone that gave no answer is worth a look at each of its servers; not one that we had no means to ask.
      const { zone } = found;
      const isJudged = zone !== undefined && labelsOf(zone.apex).length >= zoneLabelsMin;
      if (isJudged && !survey.isSpent()) names.set(at, { name: at, apex: zone.apex, holder: zone, isAlias: false });
      return;
    }
    const { classified, zone } = found;
    const apex = await apexAbove(session, at, found, apexes);
    names.set(at, { name: at, apex, holder: zone, isAlias: classified.kind === "alias" });
    if (classified.kind !== "alias") return;
    at = classified.alias.target;
  }
}

/** The apex of the zone that holds `name`: below that of the delegation where the same servers have both zones. */
async function apexAbove(
  session: IterativeSession,
  name: string,
  { classified, zone }: Found,
  apexes: Map<string, string>,
): Promise<string> {
  const inZone = (apex: string | undefined): string =>
    apex !== undefined && isAtOrBelow(apex, zone.apex) ? apex : zone.apex;
  if (classified.kind === "absent" && classified.soa) {
    // It tells of the names below as well, which are asked for next.
    const apex = inZone(classified.soa.name);
    apexes.set(name, apex);
    return apex;
  }
  const parent = parentName(name);
  if (parent === undefined || parent === zone.apex || !isAtOrBelow(parent, zone.apex)) return zone.apex;
  const known = apexes.get(parent);
  if (known !== undefined) return inZone(known);
  const answer = await session.find(parent, TYPE.SOA);
  if ("reason" in answer) return zone.apex;
  const apex =
    answer.classified.kind === "records"
      ? parent
      : inZone(answer.classified.kind === "absent" ? answer.classified.soa?.name : undefined);
  apexes.set(parent, apex);
  return apex;
}
