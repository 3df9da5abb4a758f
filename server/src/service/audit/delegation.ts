import type { ServerAddress } from "../../engine/resolver/datagram.ts";
import { followAliases } from "../../engine/resolver/iterative.ts";
import type { Lookup } from "../../engine/resolver/resolution.ts";
import type { IterativeOptions } from "../../engine/resolver/session.ts";
import { createStubResolver } from "../../engine/resolver/stub.ts";
import type { DelegationEvidence } from "../../model/audit/delegation-evidence.ts";
import type { SelectorEvidence } from "../../model/audit/evidence.ts";
import { gatherAuthorities } from "./authorities.ts";
import { gatherRegistrations } from "./registrations.ts";
import { gatherVantagePoints } from "./vantage-points.ts";

/** Whom to ask beside the resolver that the audit goes by. */
export type Vantage = {
  /** Resolvers to compare with one another. */
  resolvers: readonly ServerAddress[];
  /** How authoritative servers are asked. */
  iterative: IterativeOptions;
};

export type DelegationRequest = {
  domain: string;
  selectors: readonly SelectorEvidence[];
  /** The one that the audit goes by. */
  lookup: Lookup;
  /** Absent where DNS comes from a file: nothing is asked of the network. */
  vantage?: Vantage | undefined;
  /** Where DNS comes from a zone file: what it hides. */
  zone?: ZoneFileSeen | undefined;
};

/** A zone file speaks of its own zone alone: that a name elsewhere is not in it says nothing. */
export type ZoneFileSeen = { occluded: NonNullable<DelegationEvidence["occluded"]> };

/** More selectors than anybody uses; a hostile zone can list any number. */
const keyNamesMax = 60;

/** Asks authoritative servers and resolvers at the same time, then looks into the domains behind what dangles. */
export async function gatherDelegation(request: DelegationRequest): Promise<DelegationEvidence> {
  const { domain, selectors, lookup, vantage, zone } = request;
  if (vantage === undefined) {
    const lookups = zone === undefined ? [lookup] : [];
    return { registrations: await gatherRegistrations({ domain, selectors, lookups }), ...zone };
  }
  const { resolvers, iterative } = vantage;
  const keyNames = selectors.slice(0, keyNamesMax).map(({ keyName }) => keyName);
  const { keepPackets = false } = iterative;
  const [{ authorities, survey }, seen] = await Promise.all([
    gatherAuthorities({ domain, keyNames, options: iterative }),
    gatherVantagePoints({ keyNames, resolvers, options: { keepPackets } }),
  ]);
  const own: Lookup[] = survey ? [{ lookup: (name, type) => followAliases(survey.session(), name, type) }] : [];
  const others = resolvers.map((server) => createStubResolver({ servers: [server], totalMs: 2000 }));
  const registrations = await gatherRegistrations({
    domain,
    selectors,
    authorities,
    lookups: [lookup, ...own, ...others],
  });
  return {
    registrations,
    authorities,
    vantagePoints: seen.vantagePoints,
    exchanges: [...(survey?.exchanges() ?? []), ...seen.exchanges],
  };
}
