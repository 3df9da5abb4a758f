import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { SelectorEvidence } from "../../evidence.ts";
import { hasMailToGoBy, seenAnywhere } from "../../seen-anywhere.ts";
import { liveSelectors, publisherOf } from "./live-selectors.ts";

/**
 * A key that is there and that nothing at hand is signed with. A provider that signs with one selector of several keeps the
 * others for the next rotation: where one of its selectors signs, the others are not idle by mistake.
 */
export const selectorNotSigning: Check = {
  name: "selector-not-signing",
  title: "Every live key signs mail",
  codes: ["SelectorNotSigning"],
  look: (evidence, context) => {
    if (evidence.mail === undefined && evidence.reports === undefined)
      return needsEvidence("messages (--mail FILE) or aggregate reports (--report FILE)");
    if (!hasMailToGoBy(evidence)) return doesNotApply;
    const live = liveSelectors(evidence, context);
    const isSeen = ({ keyName }: SelectorEvidence): boolean => seenAnywhere(evidence, keyName) !== undefined;
    const signing = new Set(evidence.selectors.filter(isSeen).map(publisherOf));
    signing.delete(undefined);
    const idle = live.filter((one) => !isSeen(one) && !signing.has(publisherOf(one)));
    return outcomeOf(
      idle.map((one) => findingOf(one, evidence.mail?.messages.length ?? 0, evidence.reports?.messages ?? 0)),
    );
  },
};

function findingOf({ selector, keyName, chain }: SelectorEvidence, messages: number, reported: number): AuditFinding {
  const target = chain.aliases.at(-1)?.target;
  const goneBy = [
    ...(messages > 0 ? [`${messages} at hand`] : []),
    ...(reported > 0 ? [`${reported} in reports`] : []),
  ];
  return {
    code: "SelectorNotSigning",
    severity: "low",
    subject: keyName,
    summary:
      target === undefined
        ? `the key is live, and no message is signed with ${selector}`
        : `the CNAME is there, and nothing is signed with ${selector}: the provider behind ${target} does not sign with it`,
    evidence: [`messages From the domain: ${goneBy.join(", ")}; none of them names ${selector}`],
    remedy:
      target === undefined
        ? `switch signing with ${selector} on where the mail is sent, or remove the record if nobody needs it any more`
        : "finish the set-up at the provider (most sign only after a button was pressed that checks the records), or remove the alias if it is not used any more",
  };
}
