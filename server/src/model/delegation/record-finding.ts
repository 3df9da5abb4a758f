import type { CustomerRecord } from "./delegation.ts";
import type { Finding } from "../finding.ts";
import type { KeptRecordProblem } from "./kept-record.ts";
import type { RecordState } from "./record-check.ts";

type Row = { code: string; severity: Finding["severity"]; summary: string };

/** What a record's state means, by what the record is for. `present` is no finding. */
const rows: Record<
  Exclude<CustomerRecord["purpose"], "key-removal">,
  Record<Exclude<RecordState, "present">, Row | undefined>
> = {
  "key-alias": {
    absent: { code: "CnameMissing", severity: "high", summary: "the alias that leads to our key is not there" },
    wrong: {
      code: "CnameMismatch",
      severity: "high",
      summary: "the alias leads elsewhere, or other data stands in its place",
    },
    unknown: { code: "Undetermined", severity: "low", summary: "the name servers gave no answer that says anything" },
  },
  // Nothing depends on it yet. That too few are there is a finding of its own, about all of them.
  "key-alias-ahead": {
    absent: undefined,
    wrong: {
      code: "CnameMismatch",
      severity: "medium",
      summary: "something else stands where the alias of a later key belongs",
    },
    unknown: undefined,
  },
  "key-record": {
    absent: { code: "NoKeyRecord", severity: "high", summary: "the key record is not there" },
    wrong: { code: "KeyMismatch", severity: "high", summary: "something else stands where the key record belongs" },
    unknown: { code: "Undetermined", severity: "low", summary: "the name servers gave no answer that says anything" },
  },
  "key-request": {
    absent: {
      code: "NoKeyRecord",
      severity: "low",
      summary: "the record of the key to come is not there yet; mail does not depend on it",
    },
    wrong: { code: "KeyMismatch", severity: "medium", summary: "something else stands where the key to come belongs" },
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
  problem?: KeptRecordProblem,
): Finding | undefined {
  if (seen.state === "present" || purpose === "key-removal") return undefined;
  // A record that is asked for is told as something to do.
  if (purpose === "key-request" && seen.state === "absent" && problem === undefined) return undefined;
  const evidence = [...seen.found.map((value) => `found ${value}`), ...reasons];
  if (problem !== undefined) {
    const { code, severity, problem: summary, remedy } = problem;
    return { code, severity, summary, subject: seen.name, evidence, remedy: `${remedy}: ${seen.remedy ?? ""}` };
  }
  const row = rows[purpose][seen.state];
  return row && { ...row, subject: seen.name, evidence, remedy: seen.remedy ?? "" };
}
