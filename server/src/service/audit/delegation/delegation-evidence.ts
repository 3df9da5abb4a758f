import type { ServerAddress } from "../../../engine/resolver/transport/datagram.ts";
import { followAliases } from "../../../engine/resolver/iterative.ts";
import type { Lookup } from "../../../engine/resolver/resolution.ts";
import type { IterativeOptions } from "../../../engine/resolver/session.ts";
import { createStubResolver } from "../../../engine/resolver/stub.ts";
import type { DelegationEvidence } from "../../../model/audit/evidence/delegation.ts";
import type { AuditEvidence, SelectorEvidence } from "../../../model/audit/evidence.ts";
import { gatherAuthorities } from "./authorities.ts";
import { gatherPlaces } from "./places.ts";
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
  dns: AuditEvidence["dns"];
  /** Absent: nobody beside `lookup` is asked, be it that DNS comes from a file, or that a watch looks at many domains. */
  vantage?: Vantage | undefined;
  /** Where DNS comes from a zone file: what it hides. */
  zone?: ZoneFileSeen | undefined;
};

export type ZoneFileSeen = {
  /** The zones that it holds. */
  apexes: readonly string[];
  occluded: NonNullable<DelegationEvidence["occluded"]>;
};

/** More selectors than anybody uses; a hostile zone can list any number. */
const keyNamesMax = 60;

/** Asks authoritative servers and resolvers at the same time, then looks into the domains behind what dangles. */
export async function gatherDelegation(request: DelegationRequest): Promise<DelegationEvidence> {
  const { domain, selectors, lookup, dns, vantage, zone } = request;
  const chains = selectors.map(({ chain }) => chain);
  if (vantage === undefined) {
    // The file of one zone does not speak of others: that a name elsewhere is not in it says nothing.
    const lookups = zone?.apexes.length === 1 ? [] : [lookup];
    const registrations = await gatherRegistrations({ domain, selectors, lookups });
    if (dns === "network") return { registrations };
    return { registrations, places: await gatherPlaces(lookup, chains), ...(zone && { occluded: zone.occluded }) };
  }
  const { resolvers, iterative } = vantage;
  const keyNames = selectors.slice(0, keyNamesMax).map(({ keyName }) => keyName);
  const { keepPackets = false } = iterative;
  const [{ authorities, survey }, seen, places] = await Promise.all([
    gatherAuthorities({ domain, keyNames, options: iterative }),
    gatherVantagePoints({ keyNames, resolvers, options: { keepPackets } }),
    gatherPlaces(lookup, chains),
  ]);
  const own: Lookup[] = survey ? [{ lookup: (name, type) => followAliases(survey.session(), name, type) }] : [];
  const others = resolvers.map((server) => createStubResolver({ servers: [server], timeoutMs: 500, totalMs: 1000 }));
  const registrations = await gatherRegistrations({
    domain,
    selectors,
    authorities,
    lookups: [lookup, ...own, ...others],
  });
  return {
    registrations,
    places,
    authorities,
    vantagePoints: seen.vantagePoints,
    exchanges: [...(survey?.exchanges() ?? []), ...seen.exchanges],
  };
}
