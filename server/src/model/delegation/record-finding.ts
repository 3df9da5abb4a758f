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
      severity: "high",
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
    wrong: { code: "KeyMismatch", severity: "high", summary: "something else stands where the key to come belongs" },
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
  seen: { name: string; state: RecordState; remedy: string | undefined },
  reasons: readonly string[],
  problem?: KeptRecordProblem,
): Finding | undefined {
  if (seen.state === "present" || purpose === "key-removal") return undefined;
  // A record that is asked for is told as something to do.
  if (purpose === "key-request" && seen.state === "absent" && problem === undefined) return undefined;
  const evidence = [...reasons];
  if (problem !== undefined) {
    const { code, problem: summary, remedy, subject = seen.name } = problem;
    const severity = code === "KeyRevoked" && isInUse(purpose) ? "high" : problem.severity;
    const told = [...evidence, ...(problem.evidence ?? [])];
    return { code, severity, summary, subject, evidence: told, remedy: doneBy(remedy, seen.remedy) };
  }
  const row = rows[purpose][seen.state];
  return row && { ...row, subject: seen.name, evidence, remedy: seen.remedy ?? "" };
}

/** Mail is signed with the key behind it, or may be at any time. */
const isInUse = (purpose: CustomerRecord["purpose"]): boolean => purpose === "key-alias" || purpose === "key-record";

/** What is told of a record whatever its state. */
export const furtherFindings = (name: string, also: readonly KeptRecordProblem[]): Finding[] =>
  also.map(({ code, severity, problem: summary, remedy, subject = name, evidence = [] }) => ({
    code,
    severity,
    subject,
    summary,
    evidence: [...evidence],
    remedy,
  }));

/** What to do, and the very record that comes of it. */
const doneBy = (remedy: string, record: string | undefined): string =>
  record === undefined ? remedy : `${remedy}: ${record}`;
