import type { AuditFinding, Check } from "../../check.ts";
import type { AddressEvidence } from "../../evidence/delegation.ts";
import { digAt } from "../../dig.ts";
import { onAuthorities, remedyFor } from "./asked-authorities.ts";

/** AUD-C-15: DNS over TCP is no option (RFC 7766 §5, RFC 9210 §3). */
export const answersOverTcp: Check = {
  name: "answers-over-tcp",
  title: "Every name server answers over TCP as well",
  codes: ["TcpBlocked"],
  look: onAuthorities((asked, { domain }) =>
    asked.zones.flatMap((zone): AuditFinding[] => {
      const blocked = zone.addresses.filter(isBlocked);
      if (blocked.length === 0) return [];
      return [
        {
          code: "TcpBlocked",
          severity: "medium",
          subject: zone.apex,
          summary: `${blocked.length} of ${zone.addresses.length} server addresses of ${zone.apex} answer over UDP and not over TCP`,
          evidence: blocked.map(({ address, servers, tcp }) => `${servers.join(", ")} (${address}): ${whyOf(tcp)}`),
          remedy: remedyFor(zone, domain, "open TCP port 53 at those servers and in the firewalls before them"),
          commands: blocked.flatMap(({ address }) => digAt(address, zone.apex, "SOA", "+norecurse", "+tcp")),
        },
      ];
    }),
  ),
};

/** A refused connection says so at once; silence has to be met twice. */
export const isBlocked = ({ udp, tcp }: AddressEvidence): boolean =>
  udp.state === "authoritative" &&
  (tcp.state === "lame" || (tcp.state === "silent" && (tcp.why === "network" || tcp.tries >= 2)));

function whyOf(tcp: AddressEvidence["tcp"]): string {
  if (tcp.state === "lame") return `over TCP ${tcp.how}`;
  return tcp.state === "silent" && tcp.why === "network" ? "the connection is refused or broken" : "no answer over TCP";
}
