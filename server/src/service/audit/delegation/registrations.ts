import { TYPE } from "chancery/dns";
import { inParallel } from "../../../engine/resolver/authorities/parallel.ts";
import type { Lookup } from "../../../engine/resolver/resolution.ts";
import type { AuthoritiesEvidence, RegistrationSeen } from "../../../model/audit/evidence/delegation.ts";
import type { SelectorEvidence } from "../../../model/audit/evidence.ts";
import { registrableDomainOf } from "../registrable-domain.ts";

type Relied = Omit<RegistrationSeen, "registration">;
type Registration = RegistrationSeen["registration"];

export type RegistrationRequest = {
  domain: string;
  selectors: readonly Pick<SelectorEvidence, "chain">[];
  /** Absent where the servers were not asked. */
  authorities?: AuthoritiesEvidence | undefined;
  /** Each is asked; one of them may filter what it does not like. */
  lookups: readonly Lookup[];
};

/** So many registrable domains are looked up. */
const domainsMax = 30;

/**
 * AUD-D-10: whether the domains behind dangling names exist. Only names that do not exist are looked into: at one that is
 * there, somebody is. A domain does not exist where some resolver says so and none says otherwise.
 */
export async function gatherRegistrations(request: RegistrationRequest): Promise<RegistrationSeen[]> {
  const relied = reliedNames(request);
  const domains = [...new Set(relied.flatMap(({ registrableDomain }) => registrableDomain ?? []))].slice(0, domainsMax);
  const states = new Map(
    await inParallel(domains, async (domain) => [domain, await registrationOf(domain, request.lookups)] as const),
  );
  return relied.map((name) => ({
    ...name,
    registration: (name.registrableDomain === undefined ? undefined : states.get(name.registrableDomain)) ?? "unknown",
  }));
}

function reliedNames({ domain, selectors, authorities }: RegistrationRequest): Relied[] {
  const own = registrableDomainOf(domain);
  const targets = selectors.flatMap(({ chain }): Relied[] => {
    const last = chain.aliases.at(-1);
    if (last === undefined || chain.outcome !== "absent" || chain.reason !== "nxdomain") return [];
    const registrableDomain = registrableDomainOf(last.target);
    return [{ name: last.target, role: "alias target", reliedOnBy: last.name, registrableDomain }];
  });
  const zones = authorities?.state === "asked" ? authorities.zones : [];
  const servers = zones.flatMap(({ apex, servers: listed }) =>
    listed.flatMap(({ name, host, glue }): Relied[] =>
      host.state === "absent" && host.reason === "nxdomain" && glue.length === 0
        ? [{ name, role: "name server", reliedOnBy: apex, registrableDomain: registrableDomainOf(name) }]
        : [],
    ),
  );
  return [...targets, ...servers].filter(({ registrableDomain }) => registrableDomain !== own);
}

async function registrationOf(domain: string, lookups: readonly Lookup[]): Promise<Registration> {
  const said = await Promise.all(lookups.map(async (lookup) => await lookup.lookup(domain, TYPE.NS)));
  if (said.some(({ outcome }) => outcome === "present")) return "exists";
  const absent = said.flatMap((one) => (one.outcome === "absent" ? [one.reason] : []));
  if (absent.length === 0) return "unknown";
  return absent.every((reason) => reason === "nxdomain") ? "does-not-exist" : "exists";
}
