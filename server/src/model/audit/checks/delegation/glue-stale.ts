import { isAtOrBelow } from "chancery/dns";
import type { AuditFinding, Check } from "../../check.ts";
import { onAuthorities, remedyFor } from "./asked-authorities.ts";

/**
 * AUD-D-04: the addresses that the parent gives for a server inside the zone are those that the zone gives (RFC 1034 §4.2.1).
 * A parent that gives fewer slows nobody down; one that gives another leads astray.
 */
export const glueIsFresh: Check = {
  name: "glue-is-fresh",
  title: "The parent gives the addresses that the zone gives its name servers",
  codes: ["GlueStale"],
  look: onAuthorities(({ zones }, { domain }) =>
    zones.flatMap((zone) =>
      zone.servers
        .filter(({ name, glue, own }) => isAtOrBelow(name, zone.apex) && glue.length > 0 && own.length > 0)
        .flatMap(({ name, glue, own }): AuditFinding[] => {
          const stale = glue.filter((address) => !own.includes(address));
          if (stale.length === 0) return [];
          return [
            {
              code: "GlueStale",
              severity: "medium",
              subject: name,
              summary: `the parent gives ${stale.join(", ")} for ${name}, the zone itself does not`,
              evidence: [`glue at the parent: ${glue.join(", ")}`, `by ${zone.apex} itself: ${own.join(", ")}`],
              remedy: remedyFor(
                zone,
                domain,
                "change the host's addresses at the registrar, or in the parent zone, to those in the zone",
              ),
              commands: [`dig +trace ${zone.apex} NS`, `dig ${name} A`].filter((command) =>
                /^[\w .+-]+$/.test(command),
              ),
            },
          ];
        }),
    ),
  ),
};
