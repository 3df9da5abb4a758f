import { isMethodName, methodOf } from "../delegation/delegation-methods.ts";
import type { CustomerRecord } from "../delegation/delegation.ts";
import type { RecordState } from "../delegation/record-check.ts";

/**
 * Where a claim stands. Computed from recorded times, never stored. `vouched`: in force by the operator's word, without proof;
 * to nobody else does it count as verified.
 */
export type ClaimState = "pending" | "verified" | "vouched" | "suspended" | "released";

export function claimState(row: {
  method: string;
  verifiedAt: number | null;
  suspendedAt: number | null;
  releasedAt: number | null;
}): ClaimState {
  if (row.releasedAt !== null) return "released";
  if (row.suspendedAt !== null) return "suspended";
  if (isMethodName(row.method) && methodOf(row.method).proof === "operator") return "vouched";
  return row.verifiedAt === null ? "pending" : "verified";
}

/**
 * The states that speak of a domain. What is published ahead of its use counts before the claim is verified, and when none of
 * it is there; in between, mail does not depend on it. The record of the next key does not count while another key has its own, and what may
 * go never does.
 */
export function statesThatCount(
  claim: ClaimState,
  records: readonly { purpose: CustomerRecord["purpose"]; state: RecordState }[],
): RecordState[] {
  const enough = (purpose: CustomerRecord["purpose"]): boolean =>
    claim !== "pending" && records.some((record) => record.purpose === purpose && record.state === "present");
  const isIdle: Partial<Record<CustomerRecord["purpose"], boolean>> = {
    "key-alias-ahead": enough("key-alias-ahead"),
    "key-request": enough("key-record"), // the key before it signs on
    "key-removal": true,
  };
  return records.filter(({ purpose }) => isIdle[purpose] !== true).map(({ state }) => state);
}

export type DomainStatus = "pending" | "valid" | "degraded" | "failed" | "unknown";

/**
 * One word for a domain from the states of its records. Before a claim is verified, what is missing is simply not there
 * yet. Afterwards, something that went missing degrades the domain, and everything missing fails it. Where nothing is
 * known to be missing and not everything could be asked, nothing can be said.
 */
export function domainStatus(claim: ClaimState, states: readonly RecordState[]): DomainStatus {
  const count = (state: RecordState): number => states.filter((one) => one === state).length;
  const [present, absent, wrong, unknown] = [count("present"), count("absent"), count("wrong"), count("unknown")];
  if (claim === "suspended" || claim === "released") return "failed";
  if (claim === "vouched") return "valid"; // the customer publishes nothing
  if (absent + wrong === 0)
    return unknown > 0
      ? claim === "pending" && present === 0
        ? "pending"
        : "unknown"
      : claim === "verified"
        ? "valid"
        : "pending";
  if (claim === "pending") return wrong > 0 ? "failed" : "pending";
  return present + unknown > 0 ? "degraded" : "failed";
}

/**
 * Findings by which a domain is not sound although every record is as it should be: some of its mail fails, or waits, or somebody
 * else can sign as it. docs/delegation-methods.md has the same.
 */
export const degradingCodes: ReadonlySet<string> = new Set([
  "ActiveKeyBogus",
  "ActiveKeyLost",
  "LameDelegation",
  "NoActiveKey",
  "ParentMismatch",
  "ResolversDisagree",
  "RevokedKeyPublic",
  "TakeoverRisk",
  "TargetMissing",
  "UnknownKey",
]);

/** The status with what else is known of the domain. */
export const statusWith = (status: DomainStatus, findings: readonly { code: string }[]): DomainStatus =>
  status === "valid" && findings.some(({ code }) => degradingCodes.has(code)) ? "degraded" : status;
