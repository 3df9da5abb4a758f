import { postureCheck } from "./posture-check.ts";
import { tell } from "./tell.ts";

/** Whether the audited name is in the DNS at all: a slip in it would make everything else look missing. */
export const domainExists = postureCheck({
  name: "domain-exists",
  title: "The domain exists",
  codes: ["DomainMissing"],
  needs: "apex",
  look: ({ domain, posture: { dmarc, registrableDomain } }) =>
    dmarc.exists !== "does-not-exist"
      ? []
      : [
          tell({
            code: "DomainMissing",
            severity: "medium",
            at: domain,
            type: "NS",
            summary: `${domain} does not exist: nothing else that is missing says anything`,
            evidence: [`${domain}: no such name (NXDOMAIN)`],
            remedy:
              registrableDomain === domain || registrableDomain === undefined
                ? "look for a slip in the name; if it is right, its registration may have ended"
                : `look for a slip in the name; if it is right, publish its records in the zone of ${registrableDomain}`,
          }),
        ],
});
