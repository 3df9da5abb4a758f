import { idleSelectors, missingAliases } from "../../../provider/selector-chain.ts";
import { judgeTrace } from "../../../trace.ts";
import { type AuditContext, type AuditFinding, type Check, doesNotApply, outcomeOf } from "../../check.ts";
import type { SelectorEvidence, SelectorSource } from "../../evidence.ts";

/** Judges every selector's chain and the record at its end. */
export const leadsToAKey: Check = {
  name: "leads-to-a-key",
  title: "Every selector leads to exactly one sound key",
  codes: ["NoKeyRecord", "TargetMissing", "KeyMalformed", "KeyRevoked", "MultipleKeyRecords", "AliasLoop"],
  look: ({ selectors, expectations }, context) => {
    if (selectors.length === 0) return doesNotApply;
    const isRight = asItShouldBe(selectors, context);
    return outcomeOf(
      selectors.flatMap((seen) => {
        const expected = expectations.fingerprints[seen.keyName];
        const { findings } = judgeTrace(seen.keyName, seen.chain, { expected, isKnownWeak: context.isKnownWeak });
        return (findings as AuditFinding[]).filter(({ code }) => !isRight(code, seen));
      }),
    );
  },
};

/**
 * What is no fault of this selector: that nothing is behind the alias while it is the turn of another of the provider's; that
 * nothing is at a name which only a list suggests; what the check of the provider's aliases tells better.
 */
function asItShouldBe(
  selectors: readonly SelectorEvidence[],
  { catalogue }: AuditContext,
): (code: string, selector: SelectorEvidence) => boolean {
  const idle = catalogue && idleSelectors(catalogue, selectors);
  const missing = catalogue && missingAliases(catalogue, selectors);
  return (code, { keyName, sources }) => {
    if (code === "TargetMissing" || code === "KeyRevoked") return idle?.has(keyName) === true;
    if (code !== "NoKeyRecord") return false;
    return missing?.has(keyName) === true || sources.every((one) => notExpected.includes(one));
  };
}

/** What is named by nothing else may be absent; whether an import's selectors have to be there, the provider's own check knows. */
const notExpected: readonly SelectorSource[] = ["import", "catalogue", "common-name"];
