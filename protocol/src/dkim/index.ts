export { authenticationResults, type DkimMethodResult } from "./verify/authentication-result.ts";
export { CannotSign, type CannotSignCode } from "./sign/cannot-sign.ts";
export { canonicalizeBody, type BodyCanonicalizer } from "./hash/canonicalize-body.ts";
export { canonicalizeField, type CanonicalizationName } from "./hash/canonicalize-header.ts";
export { readKeyRecords, type KeyLookup, type ResolveTxt } from "./key/key-lookup.ts";
export {
  formatKeyRecord,
  keyRecordOctetsMax,
  looksLikeKeyRecord,
  parseKeyRecord,
  publicKeyText,
  type KeyRecord,
  type KeyRecordWarning,
} from "./key/key-record.ts";
export { responsibleDomains } from "./verify/responsible-domains.ts";
export type { KeyFinding, KeyFindingCode } from "./lint/finding.ts";
export { holdsPrivateKey } from "./lint/private-key.ts";
export { lintKeyRecord, lintKeyRecords, type KeyRecordLint, type LintOptions } from "./lint/lint-key-record.ts";
export { sign, startSigning, type Signer, type SignOptions } from "./sign/sign.ts";
export { signMany, type SignManyOptions } from "./sign/sign-many.ts";
export type { Signed } from "./sign/sign-thread.ts";
export type { Algorithm, Canonicalization, Claims } from "./signature/signature.ts";
export { readSignature, type Signature, type SignatureReading } from "./signature/signature.ts";
export { oversignedFields } from "./hash/signed-fields.ts";
export type { SigningKey } from "./sign/signing-key.ts";
export { smtpReply, type SmtpReply } from "./verify/smtp-reply.ts";
export { parseTagList, type Tag, type TagList } from "./signature/tag-list.ts";
export { resultOf, type Failure, type Reason, type Result } from "./signature/verdict.ts";
export type { Remark, Verification, VerifyOptions } from "./verify/verification.ts";
export { startVerification, verify, type Verifier } from "./verify/verify.ts";
export { fingerprintOf, rsaNumbers, weaknessOf, type Weakness } from "./key/weak-key.ts";
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
