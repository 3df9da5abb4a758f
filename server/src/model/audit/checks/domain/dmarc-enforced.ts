import { doesNotApply } from "../../check.ts";
import { appliedPolicy } from "./dmarc-policy.ts";
import { mailUse } from "./mail-use.ts";
import { postureCheck, unanswered } from "./posture-check.ts";
import { recordSeen, tell } from "./tell.ts";

/** Whether the policy asks receivers for anything. */
export const dmarcEnforced = postureCheck({
  name: "dmarc-enforced",
  title: "The DMARC policy asks receivers to stop forged mail",
  codes: ["DmarcNotEnforcing"],
  needs: "dmarc",
  look: (evidence) => {
    const { dmarc } = evidence.posture;
    if (dmarc.applies.state === "unknown") return unanswered;
    const policy = appliedPolicy(dmarc);
    if (policy?.effective === undefined || mailUse(evidence).use === "parked") return doesNotApply;
    if (policy.effective !== "none") return [];
    const isTest = policy.published !== "none";
    return [
      tell({
        code: "DmarcNotEnforcing",
        severity: "low",
        at: policy.owner,
        summary: isTest
          ? `${policy.tag}=${policy.published} is only tested (t=y), which asks receivers for nothing`
          : `the DMARC policy for ${evidence.domain} is none: receivers deliver forged mail as if it were yours`,
        evidence: [recordSeen(policy.owner, policy.text)],
        remedy: isTest
          ? "once reports show that all of your own mail passes, take t=y out"
          : "read the reports until all of your own mail passes by an aligned signature, then go to quarantine, and on to reject",
      }),
    ];
  },
});
