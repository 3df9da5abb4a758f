import { isAtOrBelow } from "chancery/dns";
import { inParallel } from "../../../engine/resolver/authorities/parallel.ts";
import { probeRoot } from "../../../engine/resolver/authorities/root-probe.ts";
import type { IterativeOptions } from "../../../engine/resolver/session.ts";
import type { AuthoritiesEvidence, ZoneEvidence } from "../../../model/audit/evidence/delegation.ts";
import { namesAtServers } from "./names-at-servers.ts";
import { beginSurvey, type Survey } from "./survey.ts";
import { type WalkedName, type Walks, walkChain } from "./walk.ts";
import { surveyZone } from "./zone-survey.ts";

export type AuthoritiesRequest = {
  /** The domain audited. */
  domain: string;
  keyNames: readonly string[];
  options: IterativeOptions;
};

/** `survey`: what is left to ask with, and the evidence; absent where nobody could be asked. */
export type AuthoritiesGathered = { authorities: AuthoritiesEvidence; survey?: Survey };

/** Of the budget, what zones may not use up: three questions for each name, up to half of all. */
const reservedFor = (names: number, queriesLeft: number): number => Math.min(3 * names, Math.floor(queriesLeft / 2));

/**
 * What every authoritative server of every zone on the way from the key names says: a walk from the root finds the names and
 * their zones, each zone is asked once however many names are in it, then each name at each server of its zone.
 */
export async function gatherAuthorities({
  domain,
  keyNames,
  options,
}: AuthoritiesRequest): Promise<AuthoritiesGathered> {
  const reach = await probeRoot(options);
  if (reach !== "reachable") return { authorities: { state: "unreachable", why: reach } };
  const survey = beginSurvey(options);
  const walks: Walks = { names: new Map(), apexes: new Map() };
  // The first walk learns the zones that the others start from; it shows the domain's own zone, whatever selectors there are.
  await walkChain(survey, `_domainkey.${domain}`, walks);
  await inParallel(keyNames, (keyName) => walkChain(survey, keyName, walks));
  const names = [...walks.names.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const isOwn = (name: string): boolean => isAtOrBelow(name, domain);
  const zones = await surveyZones(survey, names, isOwn);
  const seen = await namesAtServers(survey, names, zones, isOwn);
  return {
    authorities: {
      state: "asked",
      zones,
      names: seen,
      queries: survey.queries(),
      complete: !survey.isSpent() && zones.every(isFullyAsked),
      privateAddresses: options.root === undefined ? "unusable" : "usable",
    },
    survey,
  };
}

/** Each zone once, the owner's first: where the budget ends, it ends at other people's zones. */
function surveyZones(
  survey: Survey,
  names: readonly WalkedName[],
  isOwn: (name: string) => boolean,
): Promise<ZoneEvidence[]> {
  const reserved = reservedFor(names.length, survey.budget.queriesLeft);
  const own = names.filter(({ name }) => isOwn(name));
  const zones = new Map([...own, ...names].map(({ apex, holder }) => [apex, holder]));
  return inParallel([...zones], ([apex, holder]) => surveyZone(survey, apex, holder, reserved));
}

const isFullyAsked = ({ addresses }: ZoneEvidence): boolean =>
  addresses.every(({ udp }) => udp.state !== "not asked" || udp.why !== "budget");
