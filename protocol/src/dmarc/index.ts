export { alignmentOf, byTreeWalk, satisfies, type Alignment, type OrganizationalDomainOf } from "./alignment.ts";
export { authenticationResult, type DmarcMethodResult } from "./authentication-result.ts";
export { evaluate } from "./evaluate.ts";
export type { AppliedPolicy, Disposition, DmarcResult, EvaluateOptions, Evaluation, Override } from "./evaluation.ts";
export { formatPolicyRecord, type PolicyRecordContent } from "./format-record.ts";
export { identifierWalksMax, type DkimOutcome, type IdentifierVerdict, type SpfOutcome } from "./identifiers.ts";
export {
  looksLikePolicyRecord,
  parsePolicyRecord,
  policyRecordOctetsMax,
  type AlignmentMode,
  type FailureOption,
  type Policy,
  type PolicyRecord,
  type RecordRemark,
} from "./policy-record.ts";
export {
  readPolicyRecords,
  recordSource,
  type Existence,
  type RecordLookup,
  type RecordSource,
} from "./record-lookup.ts";
export type {
  OverrideType,
  PublishedPolicy,
  Remarks,
  ReportedDisposition,
  ReportedDkim,
  ReportedDkimResult,
  ReportedOverride,
  ReportedSpf,
  ReportedSpfResult,
  ReportMetadata,
  ReportRemark,
  ReportRow,
} from "./report/aggregate-report.ts";
export { reportTextCharactersMax, type ReportElement } from "./report/element.ts";
export { readPublishedPolicy, readReportMetadata } from "./report/read-head.ts";
export { readReportRow } from "./report/read-row.ts";
export type { ReportUri } from "./report-uri.ts";
export {
  discoverPolicy,
  organizationalDomain,
  walkTargets,
  walkTree,
  type Discovery,
  type PolicySource,
  type Walk,
} from "./tree-walk.ts";
export { compareWithRfc7489, type PublicSuffixOf, type Rfc7489Difference, type Rfc7489Evaluation } from "./rfc7489.ts";
export { smtpReply, type SmtpReply } from "./smtp-reply.ts";
