import type { AuditFinding, Check } from "../../check.ts";
import type { ZoneEvidence } from "../../evidence/delegation.ts";
import { isIpv6, isOwnZone, onAuthorities } from "./asked-authorities.ts";

/** AUD-D-05: two servers or more, in different networks (RFC 2182 §5), for the zones that the owner answers for. */
export const serversAreSeveral: Check = {
  name: "servers-are-several",
  title: "The zone has several name servers, in different networks",
  codes: ["FewServers"],
  look: onAuthorities(({ zones }, { domain }) =>
    zones
      .filter((zone) => isOwnZone(zone, domain))
      .flatMap((zone): AuditFinding[] => {
        const problem = problemOf(zone);
        if (problem === undefined) return [];
        return [
          {
            code: "FewServers",
            severity: "low",
            subject: zone.apex,
            summary: `${zone.apex} ${problem}`,
            evidence: zone.servers.map(
              ({ name, glue, own }) => `${name}: ${[...new Set([...glue, ...own])].join(", ")}`,
            ),
            remedy: "have the zone served by two or more servers in different networks",
            commands: /^[\w.-]+$/.test(zone.apex) ? [`dig ${zone.apex} NS`] : [],
          },
        ];
      }),
  ),
};

function problemOf({ servers, addresses }: ZoneEvidence): string | undefined {
  const listed = new Set([...servers.map(({ name }) => name), ...addresses.flatMap(({ ns }) => ns?.names ?? [])]);
  if (listed.size === 1) return "has one name server";
  // A server that the zone alone lists was not looked up: it may stand anywhere.
  if (listed.size > servers.length) return undefined;
  const known = new Set(servers.flatMap(({ glue, own }) => [...glue, ...own]));
  if (servers.some(({ glue, own }) => glue.length + own.length === 0)) return undefined;
  const networks = new Set([...known].map(networkOf));
  // A network of a lab says nothing of how the real servers stand.
  const isReal = addresses.every(({ special }) => !special);
  return isReal && networks.size === 1 ? `has all its name servers in the network ${[...networks][0]}` : undefined;
}

/** A /24 of IPv4, a /48 of IPv6: what fails together. */
const networkOf = (address: string): string =>
  isIpv6(address)
    ? `${address.split(":").slice(0, 3).join(":")}::/48`
    : `${address.split(".").slice(0, 3).join(".")}.0/24`;
