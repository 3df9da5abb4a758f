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
