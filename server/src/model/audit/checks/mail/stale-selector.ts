import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import { evidenceEnd, hasMailToGoBy, seenAnywhere } from "../../seen-anywhere.ts";
import { liveSelectors } from "./live-selectors.ts";

const daySeconds = 86_400;

/**
 * A selector that signed once, and has not for the set time before the newest mail or report at hand. What comes after those
 * nobody knows: old evidence makes nothing stale.
 */
export const staleSelector: Check = {
  name: "stale-selector",
  title: "Every live key was used lately",
  codes: ["StaleSelector"],
  look: (evidence, context) => {
    if (evidence.mail === undefined && evidence.reports === undefined)
      return needsEvidence("messages (--mail FILE) or aggregate reports (--report FILE)");
    const end = evidenceEnd(evidence);
    if (!hasMailToGoBy(evidence) || end === undefined) return doesNotApply;
    const { staleAfterSeconds } = context.policy;
    const findings = liveSelectors(evidence, context).flatMap(({ keyName, selector }): AuditFinding[] => {
      const lastSeen = seenAnywhere(evidence, keyName)?.lastSeen;
      if (lastSeen === undefined || end - lastSeen < staleAfterSeconds) return [];
      const days = Math.floor((end - lastSeen) / daySeconds);
      return [
        {
          code: "StaleSelector",
          severity: "low",
          subject: keyName,
          summary: `${selector} has signed nothing for ${days} days before the newest mail or report`,
          evidence: [`last seen ${days} days earlier; the key is still published`],
          remedy:
            "make sure that nothing signs with it any more, then remove the record: a key that nobody uses can only be stolen",
        },
      ];
    });
    return outcomeOf(findings);
  },
};
