import type { AuditFinding, Check } from "../../check.ts";
import type { ServerEvidence, ZoneEvidence } from "../../evidence/delegation.ts";
import { onAuthorities, remedyFor } from "./asked-authorities.ts";

/** AUD-D-03: what an NS record must lead to: a name with public addresses that is no alias (RFC 2181 §10.3). */
export const nameServersAreHosts: Check = {
  name: "name-servers-are-hosts",
  title: "Every listed name server is a name with public addresses",
  codes: ["NsUnusable"],
  look: onAuthorities(({ zones, privateAddresses }, { domain }) =>
    zones.flatMap((zone) =>
      zone.servers.flatMap((server): AuditFinding[] => {
        const problem = problemOf(server, zone, privateAddresses);
        if (problem === undefined) return [];
        return [
          {
            code: "NsUnusable",
            severity: "medium",
            subject: server.name,
            summary: `${zone.apex} lists ${server.name} as a name server, ${problem}`,
            evidence: [
              ...server.glue.map((address) => `glue ${address}`),
              ...server.own.map((address) => `address ${address}`),
            ],
            remedy: remedyFor(
              zone,
              domain,
              "list name servers by names that have public A or AAAA records of their own",
            ),
            commands: [...digFor(zone.apex, "NS"), ...digFor(server.name, "A")],
          },
        ];
      }),
    ),
  ),
};

function problemOf(
  { name, host, glue, own }: ServerEvidence,
  zone: ZoneEvidence,
  privateAddresses: "usable" | "unusable",
): string | undefined {
  if (isAddress(name)) return "which is an address and no name";
  switch (host.state) {
    case "alias":
      return `which is an alias (of ${host.target})`;
    case "absent":
      // A name server that only glue knows still works; that its own zone does not know it is no reason to skip it.
      return glue.length > 0
        ? undefined
        : host.reason === "nxdomain"
          ? "a name that does not exist"
          : "a name without an address";
    case "has addresses": {
      const all = new Set([...glue, ...own]);
      const unusable = zone.addresses.filter(({ address, special }) => special && all.has(address));
      return privateAddresses === "unusable" && unusable.length > 0
        ? `whose address ${unusable[0]?.address} no public server can have`
        : undefined;
    }
    case "unknown":
      return undefined;
  }
}

/** `192.0.2.1` written where a name belongs. */
const isAddress = (name: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || /^[\da-f]*:[\da-f:]+$/.test(name);

const digFor = (name: string, type: string): string[] => (/^[\w.-]+$/.test(name) ? [`dig ${name} ${type}`] : []);
