import type { AuditFinding, Check } from "../../check.ts";
import { digAt } from "../../dig.ts";
import { isIpv6, onAuthorities, remedyFor, statesOf } from "./asked-authorities.ts";

/** RES-10: a dead address of a server that answers elsewhere is told alone, and says nothing of the server's word. */
export const everyAddressLives: Check = {
  name: "every-address-lives",
  title: "Name servers answer at each of their addresses",
  codes: ["ServerAddressDead"],
  look: onAuthorities((asked, { domain }) =>
    asked.zones.flatMap((zone) =>
      zone.servers.flatMap((server): AuditFinding[] => {
        const states = statesOf(server, zone, asked);
        if (!states.some(({ state }) => state === "answers")) return [];
        return states
          .filter(({ state }) => state === "silent")
          .map(({ address }) => ({
            code: "ServerAddressDead",
            severity: "medium",
            subject: server.name,
            summary: `${server.name} keeps silent at its ${isIpv6(address) ? "IPv6" : "IPv4"} address ${address}, and answers at others`,
            evidence: [`${address}: asked for ${zone.apex} SOA over UDP and TCP, more than once`],
            remedy: remedyFor(zone, domain, `let ${server.name} answer at ${address}, or remove that address record`),
            commands: digAt(address, zone.apex, "SOA", "+norecurse"),
          }));
      }),
    ),
  ),
};
