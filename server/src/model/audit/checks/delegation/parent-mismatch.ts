import type { AuditFinding, Check } from "../../check.ts";
import type { ZoneEvidence } from "../../evidence/delegation.ts";
import { digAt } from "../../dig.ts";
import { onAuthorities, remedyFor } from "./asked-authorities.ts";

/** AUD-D-01: the NS set by every parent server's word beside the one by the zone's own servers (RFC 1034 §4.2.2). */
export const parentAndZoneAgree: Check = {
  name: "parent-and-zone-agree",
  title: "The parent lists the name servers that the zone lists",
  codes: ["ParentMismatch"],
  look: onAuthorities(({ zones }, { domain }) =>
    zones.flatMap((zone): AuditFinding[] => {
      const problems = problemsOf(zone);
      if (problems.length === 0) return [];
      return [
        {
          code: "ParentMismatch",
          severity: "medium",
          subject: zone.apex,
          summary: `${zone.parent ?? "the parent"} and ${zone.apex} list different name servers: ${problems[0]}`,
          evidence: [
            ...problems,
            ...(zone.delegated ? [`the parent lists ${zone.delegated.names.join(", ")}`] : []),
            ...zone.addresses.flatMap(({ address, ns }) => (ns ? [`${address} lists ${ns.names.join(", ")}`] : [])),
          ],
          remedy: remedyFor(
            zone,
            domain,
            "give the registrar, or whoever runs the parent zone, the name servers that the zone lists, or correct those in the zone",
          ),
          commands: zone.addresses.slice(0, 1).flatMap(({ address }) => digAt(address, zone.apex, "NS", "+norecurse")),
        },
      ];
    }),
  ),
};

/** Each way in which the two differ, once. Without the word of both there is nothing to compare. */
function problemsOf({ delegated, parents, addresses, apex }: ZoneEvidence): string[] {
  const problems: string[] = [];
  const own = addresses.flatMap(({ ns }) => (ns ? [ns.names] : []));
  if (delegated !== undefined) {
    for (const names of own) {
      const onlyParent = delegated.names.filter((name) => !names.includes(name));
      const onlyZone = names.filter((name) => !delegated.names.includes(name));
      if (onlyParent.length > 0) problems.push(`only the parent lists ${onlyParent.join(", ")}`);
      if (onlyZone.length > 0) problems.push(`only the zone lists ${onlyZone.join(", ")}`);
    }
    for (const parent of parents) {
      if (parent.state === "absent")
        problems.push(`${parent.address}, a server of the parent, has no delegation of ${apex}`);
      if (parent.state === "delegated" && keyOf(parent.names) !== keyOf(delegated.names))
        problems.push(`${parent.address}, a server of the parent, lists ${parent.names.join(", ")}`);
    }
  }
  return [...new Set(problems)];
}

const keyOf = (names: readonly string[]): string => names.toSorted().join(" ");
