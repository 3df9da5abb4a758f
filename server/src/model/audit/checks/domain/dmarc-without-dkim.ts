import { doesNotApply } from "../../check.ts";
import { appliedPolicy } from "./dmarc-policy.ts";
import { mailUse } from "./mail-use.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { recordSeen, tell } from "./tell.ts";

/** A domain that asks to reject has to sign (DMARC-E-15). Only where it is sure that there is no key at all. */
export const dmarcWithoutDkim = postureCheck({
  name: "dmarc-without-dkim",
  title: "A domain that asks to reject also signs",
  codes: ["DmarcRejectWithoutDkim"],
  needs: "dmarc",
  look: (evidence) => {
    const { posture, discovery, expectations } = evidence;
    if (posture.dmarc.applies.state === "unknown") return unanswered;
    const policy = appliedPolicy(posture.dmarc);
    if (policy?.effective !== "reject" || mailUse(evidence).use !== "sends") return doesNotApply;
    // A selector that its owner expects has findings of its own.
    if (discovery.domainkeyNode !== "nxdomain" || expectations.selectors.length > 0) return [];
    return [
      tell({
        code: "DmarcRejectWithoutDkim",
        severity: "medium",
        at: `_domainkey.${evidence.domain}`,
        also: [[policy.owner, "TXT"]],
        summary: `${evidence.domain} asks to reject what fails, and has no DKIM key: forwarded mail of its own is refused`,
        evidence: [
          recordSeen(policy.owner, policy.text),
          `_domainkey.${evidence.domain} does not exist, so no selector does`,
        ],
        remedy: "sign with DKIM as this domain, and stay at p=none until the reports show that signatures pass",
      }),
    ];
  },
});
