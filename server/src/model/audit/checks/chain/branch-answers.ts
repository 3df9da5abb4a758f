import { type Check, doesNotApply, outcomeOf } from "../../check.ts";

/** AUD-C-03: where no selector is known and DNS does not even answer for the branch of key names, nothing can be said at all. */
export const branchAnswers: Check = {
  name: "key-branch-answers",
  title: "DNS answers for the branch of key names",
  codes: ["Undetermined"],
  look: ({ domain, selectors, discovery }) => {
    if (selectors.length > 0) return doesNotApply;
    if (discovery.domainkeyNode !== "unknown") return outcomeOf([]);
    const subject = `_domainkey.${domain}`;
    return outcomeOf([
      {
        code: "Undetermined",
        severity: "low",
        subject,
        summary: "DNS gave no answer that says anything, so that no selector could be looked for",
        evidence: [`asked for ${subject}, and for ${discovery.namesTried} selectors`],
        remedy: "ask again, ask another resolver, or name a selector",
      },
    ]);
  },
};
