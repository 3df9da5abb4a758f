import { judgeTrace } from "../../../trace.ts";
import { type AuditFinding, type Check, doesNotApply, outcomeOf } from "../../check.ts";

/** Judges every selector's chain and the record at its end. */
export const leadsToAKey: Check = {
  name: "leads-to-a-key",
  title: "Every selector leads to exactly one sound key",
  codes: ["NoKeyRecord", "TargetMissing", "KeyMalformed", "KeyRevoked", "MultipleKeyRecords", "AliasLoop"],
  look: ({ selectors, expectations }, { isKnownWeak }) =>
    selectors.length === 0
      ? doesNotApply
      : outcomeOf(
          selectors.flatMap(
            ({ keyName, chain }) =>
              judgeTrace(keyName, chain, { expected: expectations.fingerprints[keyName], isKnownWeak })
                .findings as AuditFinding[],
          ),
        ),
};
