import type { CustomerRecord } from "./delegation.ts";
import type { Finding } from "./finding.ts";
import type { RecordState } from "./record-check.ts";

type Row = { code: string; severity: Finding["severity"]; summary: string };

/** What a record's state means, by what the record is for. `present` is no finding. */
const rows: Record<CustomerRecord["purpose"], Record<Exclude<RecordState, "present">, Row>> = {
  "key-alias": {
    absent: { code: "CnameMissing", severity: "high", summary: "the alias that leads to our key is not there" },
    wrong: {
      code: "CnameMismatch",
      severity: "high",
      summary: "the alias leads elsewhere, or other data stands in its place",
    },
    unknown: { code: "Undetermined", severity: "low", summary: "the name servers gave no answer that says anything" },
  },
  "key-record": {
    absent: { code: "NoKeyRecord", severity: "high", summary: "the key record is not there" },
    wrong: { code: "KeyMismatch", severity: "high", summary: "something else stands where the key record belongs" },
    unknown: { code: "Undetermined", severity: "low", summary: "the name servers gave no answer that says anything" },
  },
  delegation: {
    absent: { code: "DelegationMissing", severity: "high", summary: "the zone is not delegated to us" },
    wrong: {
      code: "ParentMismatch",
      severity: "medium",
      summary: "the parent delegates the zone to other name servers",
    },
    unknown: {
      code: "Undetermined",
      severity: "low",
      summary: "the parent's name servers gave no answer that says anything",
    },
  },
  challenge: {
    absent: { code: "OwnershipTokenMissing", severity: "high", summary: "the proof of control is not there" },
    wrong: {
      code: "OwnershipTokenMismatch",
      severity: "high",
      summary: "another text stands where the proof of control belongs",
    },
    unknown: { code: "Undetermined", severity: "low", summary: "the name servers gave no answer that says anything" },
  },
};

/** The finding of one record, or undefined when it is as it should be. */
export function recordFinding(
  purpose: CustomerRecord["purpose"],
  seen: { name: string; state: RecordState; found: readonly string[]; remedy: string | undefined },
  reasons: readonly string[],
): Finding | undefined {
  if (seen.state === "present") return undefined;
  const evidence = [...seen.found.map((value) => `found ${value}`), ...reasons];
  return { ...rows[purpose][seen.state], subject: seen.name, evidence, remedy: seen.remedy ?? "" };
}
