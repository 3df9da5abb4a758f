import {
  type AuditContext,
  type AuditFinding,
  type Check,
  type CheckOutcome,
  needsEvidence,
  outcomeOf,
} from "../../check.ts";
import type { DomainEvidence } from "../../evidence/domain.ts";
import type { AuditEvidence } from "../../evidence.ts";
import type { FindingCode } from "../../finding-codes.ts";

export type PostureEvidence = AuditEvidence & { posture: DomainEvidence };

/** DNS gave no answer: one check (`domain-answers`) says so for all records of the domain, the others find nothing. */
export const unanswered: CheckOutcome = { state: "undetermined", findings: [] };

type PostureCheck = Pick<Check, "name" | "title"> & {
  codes: readonly FindingCode[];
  /** Which records have to be shown. Absent: none; what it is about is there or is not set up. */
  needs?: keyof DomainEvidence["shown"];
  look: (evidence: PostureEvidence, context: AuditContext) => readonly AuditFinding[] | CheckOutcome;
};

/** A check of the records around DKIM: it needs them to have been gathered. */
export const postureCheck = ({ look, needs, ...check }: PostureCheck): Check => ({
  ...check,
  look: (evidence, context) => {
    const { posture } = evidence;
    if (posture === undefined || (needs !== undefined && !posture.shown[needs]))
      return needsEvidence("the domain's own records: the file lists none of them");
    const looked = look({ ...evidence, posture }, context);
    return "state" in looked ? looked : outcomeOf(looked);
  },
});
