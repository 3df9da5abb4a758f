export { authenticationResults, type DkimMethodResult } from "./authentication-result.ts";
export { CannotSign, type CannotSignCode } from "./cannot-sign.ts";
export { canonicalizeBody, type BodyCanonicalizer } from "./canonicalize-body.ts";
export { canonicalizeField, type CanonicalizationName } from "./canonicalize-header.ts";
export { readKeyRecords, type KeyLookup, type ResolveTxt } from "./key-lookup.ts";
export {
  formatKeyRecord,
  keyRecordOctetsMax,
  looksLikeKeyRecord,
  parseKeyRecord,
  publicKeyText,
  type KeyRecord,
  type KeyRecordWarning,
} from "./key-record.ts";
export { responsibleDomains } from "./responsible-domains.ts";
export type { KeyFinding, KeyFindingCode } from "./lint/finding.ts";
export { holdsPrivateKey } from "./lint/private-key.ts";
export { lintKeyRecord, lintKeyRecords, type KeyRecordLint, type LintOptions } from "./lint-key-record.ts";
export { sign, startSigning, type Signer, type SignOptions } from "./sign.ts";
export { signMany, type SignManyOptions } from "./sign-many.ts";
export type { Signed } from "./sign-thread.ts";
export type { Algorithm, Canonicalization, Claims } from "./signature.ts";
export { readSignature, type Signature, type SignatureReading } from "./signature.ts";
export { oversignedFields } from "./signed-fields.ts";
export type { SigningKey } from "./signing-key.ts";
export { smtpReply, type SmtpReply } from "./smtp-reply.ts";
export { parseTagList, type Tag, type TagList } from "./tag-list.ts";
export { resultOf, type Failure, type Reason, type Result } from "./verdict.ts";
export type { Remark, Verification, VerifyOptions } from "./verification.ts";
export { startVerification, verify, type Verifier } from "./verify.ts";
export { fingerprintOf, rsaNumbers, weaknessOf, type Weakness } from "./weak-key.ts";
export {
  compareWithSent,
  type BodyDifference,
  type FieldDifference,
  type SentComparison,
  type SignatureComparison,
} from "./why/compare-sent.ts";
export { comparisonLines } from "./why/comparison-words.ts";
export { explainFailures, explainedSignaturesMax, type Explanation } from "./why/explain.ts";
export { knownChanges, type Change, type ChangeKind } from "./why/known-changes.ts";
export { explainedBodyOctetsMax } from "./why/read-message.ts";
export { explanationLines } from "./why/words.ts";
