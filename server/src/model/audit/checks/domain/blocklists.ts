import { reversedAddress } from "chancery/dns";
import { type AuditFinding, needsEvidence } from "../../check.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { tell } from "./tell.ts";

/** What the DNS lists say that the caller named. None is asked otherwise: their terms are between them and who asks. */
export const blocklists = postureCheck({
  name: "blocklists",
  title: "None of the DNS lists that you named lists the domain or its addresses",
  codes: ["ListedOnBlocklist"],
  look: ({ posture: { listings } }) => {
    if (listings === undefined || listings.length === 0)
      return needsEvidence("DNS lists to ask, which you name (--blocklist), since they have terms of use");
    const findings = listings
      .filter(({ answer }) => answer === "listed")
      .map(({ zone, subject, detail }): AuditFinding => {
        const asked = `${reversedAddress(subject)?.labels ?? subject}.${zone}`;
        return {
          ...tell({
            code: "ListedOnBlocklist",
            severity: "medium",
            at: subject,
            summary: `${zone} lists ${subject}`,
            evidence: [`${asked} A ${detail}`],
            remedy: `read at ${zone} why, end the cause, then ask to be taken off`,
          }),
          commands: [`dig +noall +answer +comments ${asked} A`, `dig +noall +answer +comments ${asked} TXT`],
        };
      });
    return findings.length === 0 && listings.every(({ answer }) => answer === "unknown") ? unanswered : findings;
  },
});
