import { resultOf, type Reason, type Result } from "../signature/verdict.ts";
import type { Verification } from "./verification.ts";

/** The DKIM part of an Authentication-Results field (RFC 8601 §2.2), as `format` of `chancery/authres` takes it. */
export type DkimMethodResult = {
  method: "dkim";
  version: null;
  result: Result | "none";
  /** The verification's `detail`, for people. */
  reason: string | null;
  properties: { ptype: "header" | "policy"; property: string; value: string }[];
};

type PolicyReason = { [R in Reason]: (typeof resultOf)[R] extends "policy" ? R : never }[Reason];

/** The name of the rule that refused a signature: the value of `policy.dkim-rules` (RFC 8601 §2.4, §2.7.1). */
const ruleOf: Readonly<Record<PolicyReason, string>> = {
  sha1: "sha1",
  "key-too-small": "weak-key",
  "key-too-large": "large-key",
  expired: "expired",
  "registry-suffix": "registry-suffix",
  "uncovered-body": "uncovered-body",
  "not-evaluated": "not-evaluated",
};

/**
 * `dkim=<result>` for each signature, in order; `dkim=none` alone for a message that has none. With it stands what the field
 * claims: `header.d`, `.i`, `.s`, `.a` and the start of `b=` as `header.b` (RFC 8601 §2.7.1, RFC 6008), each left out where it
 * could not be read; as `policy.dkim-rules` the rule that refused the signature, and `testing` for a key with `t=y`.
 */
export function authenticationResults(verifications: readonly Verification[]): DkimMethodResult[] {
  if (verifications.length > 0) return verifications.map(authenticationResult);
  return [{ method: "dkim", version: null, result: "none", reason: null, properties: [] }];
}

function authenticationResult(verification: Verification): DkimMethodResult {
  const { result, reason, detail, testing } = verification;
  const properties: DkimMethodResult["properties"] = [];
  const add = (ptype: "header" | "policy", property: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") properties.push({ ptype, property, value });
  };
  add("header", "d", verification.signingDomain);
  add("header", "i", verification.identity);
  add("header", "s", verification.selector);
  add("header", "a", verification.algorithm);
  add("header", "b", verification.signatureStart);
  if (reason !== undefined && isPolicyReason(reason)) add("policy", "dkim-rules", ruleOf[reason]);
  if (testing) add("policy", "dkim-rules", "testing");
  return { method: "dkim", version: null, result, reason: detail ?? null, properties };
}

const isPolicyReason = (reason: Reason): reason is PolicyReason => resultOf[reason] === "policy";
