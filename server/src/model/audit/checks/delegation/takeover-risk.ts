import type { AuditFinding, Check } from "../../check.ts";
import { doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { DelegationEvidence, RegistrationSeen, ZoneEvidence } from "../../evidence/delegation.ts";
import { digAt } from "../../dig.ts";
import { takeoverRisk } from "../../takeover.ts";

/** AUD-D-10, AUD-D-11: nobody else can come to answer for a name on the way. */
export const namesAreHeld: Check = {
  name: "names-are-held",
  title: "Nobody else could register or claim a name on the way to a key",
  codes: ["TakeoverRisk"],
  look: ({ delegation, selectors }, { isProviderName = () => false }) => {
    if (delegation === undefined) return needsEvidence("what DNS says of the domains behind the aliases");
    if (selectors.length === 0 && delegation.authorities === undefined) return doesNotApply;
    return outcomeOf([...unregistered(delegation.registrations, isProviderName), ...unclaimed(delegation)]);
  },
};

/** One finding for each domain that can be registered, however many names depend on it. */
function unregistered(
  registrations: readonly RegistrationSeen[],
  isProviderName: (name: string) => boolean,
): AuditFinding[] {
  const open = registrations.filter((seen) => takeoverRisk(seen, isProviderName) === "open");
  return [...Map.groupBy(open, ({ registrableDomain }) => registrableDomain ?? "")].map(([domain, names]) => ({
    code: "TakeoverRisk",
    severity: "critical",
    subject: names[0]?.name ?? domain,
    summary: `${domain} is not registered: whoever registers it answers for ${reliedOnText(names)}`,
    evidence: names.map(({ name, role, reliedOnBy }) =>
      role === "alias target" ? `${reliedOnBy} is an alias of ${name}` : `${reliedOnBy} lists the name server ${name}`,
    ),
    remedy: "remove the record that leads there, today; or register the domain yourself if it was yours",
    commands: /^[\w.-]+$/.test(domain) ? [`dig ${domain} NS`] : [],
  }));
}

const reliedOnText = (names: readonly RegistrationSeen[]): string => {
  const relying = [...new Set(names.map(({ reliedOnBy }) => reliedOnBy))];
  return relying.length === 1 ? `${relying[0]}` : `${relying.length} names, ${relying[0]} among them`;
};

const unclaimed = ({ authorities }: DelegationEvidence): AuditFinding[] =>
  authorities?.state !== "asked"
    ? []
    : authorities.zones.filter(isUnclaimedZone).map((zone) => ({
        code: "TakeoverRisk",
        severity: "critical",
        subject: zone.apex,
        summary: `${zone.apex} is delegated to the name servers of ${zone.servers[0]?.registrableDomain ?? "a provider"}, which do not serve it: another customer there could claim it`,
        evidence: zone.addresses.map(({ address, servers }) => `${servers.join(", ")} (${address}): REFUSED`),
        remedy: "set the zone up again at that provider, or remove its NS records from the parent, today",
        commands: zone.addresses.flatMap(({ address }) => digAt(address, zone.apex, "SOA", "+norecurse")),
      }));

/**
 * AUD-D-11: every server of a delegation refuses, and all of them belong to one organisation that is not the zone's own. One
 * that refuses beside others that answer is lame, no more.
 */
export function isUnclaimedZone({ delegated, servers, addresses, registrableDomain }: ZoneEvidence): boolean {
  if (delegated === undefined || servers.length === 0) return false;
  const organisation = servers[0]?.registrableDomain;
  if (organisation === undefined || organisation === registrableDomain) return false;
  return servers.every(({ name, registrableDomain: own }) => {
    const asked = addresses.filter((seen) => seen.servers.includes(name) && seen.udp.state !== "not asked");
    const refused = asked.filter(({ udp }) => udp.state === "lame" && udp.how === "refused");
    return own === organisation && refused.length > 0 && refused.length === asked.length;
  });
}
