import { type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import { isSound } from "./key-name.ts";
import { keyNamesOf } from "./key-names-of.ts";
import { hasNothing } from "./nothing-there.ts";
import { selectorsNeeded } from "./selectors-needed.ts";

/**
 * With one alias and no second, the key behind it can only be changed in place, and mail on its way fails. Whoever publishes
 * the text itself can always add a selector. DNS lists no names, so that only a file shows that there is one alone.
 */
export const singleSelector: Check = {
  name: "second-selector",
  title: "There is a second selector to rotate to",
  codes: ["SingleSelector"],
  look: (evidence, context) => {
    const known = keyNamesOf(evidence, context).filter((seen) => seen.use !== "not-expected" || !hasNothing(seen));
    const [only, another] = known;
    if (only === undefined) return needsEvidence(selectorsNeeded);
    if (another !== undefined) return outcomeOf([]);
    if (!isSound(only)) return doesNotApply;
    if (evidence.dns === "network") return needsEvidence("the names of the zone: another selector may exist");
    if (evidence.discovery.wildcard !== undefined || only.retired !== undefined) return doesNotApply;
    const isAlias = only.chain.aliases.length > 0;
    return outcomeOf([
      {
        code: "SingleSelector",
        severity: isAlias ? "low" : "info",
        subject: only.keyName,
        summary: isAlias
          ? "there is one alias alone: its key can only be changed in place, and mail on its way then fails"
          : "this is the only selector: the next key needs another one beside it",
        evidence: [`no other selector of ${evidence.domain} leads to a key`],
        remedy: isAlias
          ? "ask the sender for a second selector, and publish its alias before the key is rotated"
          : "publish the next key under a new selector, and remove this one when no mail signed with it is on its way",
      },
    ]);
  },
};
