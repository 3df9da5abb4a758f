import type { AuditFinding, Check } from "../../check.ts";
import type { ServerEvidence, ZoneEvidence } from "../../evidence/delegation.ts";
import { digAt } from "../../dig.ts";
import { type AskedAuthorities, onAuthorities, remedyFor, statesOf } from "./asked-authorities.ts";
import { isUnclaimedZone } from "./takeover-risk.ts";

/** A listed server that does not answer with authority for the zone, at any address (RFC 9499 §7, RFC 1912 §2.8). */
export const answersWithAuthority: Check = {
  name: "answers-with-authority",
  title: "Every listed name server answers with authority",
  codes: ["LameDelegation"],
  look: onAuthorities((asked, { domain }) =>
    // A zone that nobody has claimed at a shared provider is worse than lame.
    asked.zones.filter((zone) => !isUnclaimedZone(zone)).flatMap((zone) => lameServers(zone, asked, domain)),
  ),
};

type Lame = { server: ServerEvidence; address: string; how: string };

function lameServers(zone: ZoneEvidence, asked: AskedAuthorities, domain: string): AuditFinding[] {
  const lame = zone.servers.flatMap((server): Lame[] => lamenessOf(server, zone, asked));
  if (lame.length === 0) return [];
  const names = [...new Set(lame.map(({ server }) => server.name))];
  return [
    {
      code: "LameDelegation",
      severity: "high",
      subject: zone.apex,
      summary: `${names.length} of ${zone.servers.length} listed name servers ${names.length === 1 ? "does" : "do"} not answer for ${zone.apex} with authority: ${names.join(", ")}`,
      evidence: lame.map(({ server, address, how }) => `${server.name} (${address}): ${how}`),
      remedy: remedyFor(
        zone,
        domain,
        "have those servers serve the zone, or take them out of its NS records at the parent",
      ),
      commands: lame.flatMap(({ address }) => digAt(address, zone.apex, "SOA", "+norecurse")),
    },
  ];
}

/** Where one address is lame, the server is; where it keeps silent at all of them, too. A dead address among others is a lesser fault. */
function lamenessOf(server: ServerEvidence, zone: ZoneEvidence, asked: AskedAuthorities): Lame[] {
  const states = statesOf(server, zone, asked);
  const lame = states.flatMap((seen) =>
    seen.state === "lame" ? [{ server, address: seen.address, how: seen.how }] : [],
  );
  const silent = states.filter(({ state }) => state === "silent");
  const isDead = silent.length > 0 && silent.length === states.filter(({ state }) => state !== "unknown").length;
  return isDead ? silent.map(({ address }) => ({ server, address, how: "no answer, asked more than once" })) : lame;
}
