import type { AlignmentMode, Policy } from "../policy-record.ts";

/**
 * What an aggregate report says (RFC 9990 §3.1), in the forms that are sent: RFC 9990's, RFC 7489's (Appendix C) and older
 * ones. A report is what its sender claims; every text in it is a stranger's, without control characters and cut at a limit.
 */
export type ReportMetadata = {
  /** Who reports. Empty when the report does not say. */
  organization: string;
  email: string;
  /** Unique for one reporter only. Empty when the report does not say. */
  reportId: string;
  /** Epoch seconds; undefined when the report does not say, or nothing that is a time. */
  begin: number | undefined;
  end: number | undefined;
  generator: string | undefined;
  /** What went wrong at the reporter, in its words. */
  errors: string[];
};

/** The policy that the reporter found, with the defaults of RFC 9989 for what it leaves out. */
export type PublishedPolicy = {
  /** The domain of the record, in the form of `parseDomain`; undefined when it is none. */
  domain: string | undefined;
  p: Policy | undefined;
  sp: Policy | undefined;
  np: Policy | undefined;
  adkim: AlignmentMode;
  aspf: AlignmentMode;
  testing: boolean;
  /** RFC 7489 alone; RFC 9989 has no such tag. */
  percentage: number | undefined;
  discoveryMethod: "psl" | "treewalk" | undefined;
};

/** Messages of one source that came to the same. */
export type ReportRow = {
  /** As the report writes it: IPv4 or IPv6. Undefined when it is no address. */
  sourceIp: string | undefined;
  /** How many messages, at least 1. */
  messages: number;
  disposition: ReportedDisposition | undefined;
  /** Whether DMARC counted DKIM and SPF: an aligned pass. */
  dkim: "pass" | "fail" | undefined;
  spf: "pass" | "fail" | undefined;
  overrides: ReportedOverride[];
  /** The author domain; undefined when it is no domain name. */
  headerFrom: string | undefined;
  /** Domains of MAIL FROM and RCPT TO; undefined when the report does not say. Empty: the null reverse-path. */
  envelopeFrom: string | undefined;
  envelopeTo: string | undefined;
  dkimResults: ReportedDkim[];
  spfResults: ReportedSpf[];
};

export type ReportedDisposition = "none" | "pass" | "quarantine" | "reject";

export type ReportedOverride = { type: OverrideType; comment: string };
export type OverrideType =
  | "local_policy"
  | "mailing_list"
  | "other"
  | "policy_test_mode"
  | "trusted_forwarder"
  /** RFC 7489 alone. */
  | "forwarded"
  | "sampled_out";

export type ReportedDkim = {
  domain: string | undefined;
  /** Undefined: the report does not say (RFC 7489 leaves that open), or nothing that is a selector. */
  selector: string | undefined;
  result: ReportedDkimResult | undefined;
};
export type ReportedDkimResult = "none" | "pass" | "fail" | "policy" | "neutral" | "temperror" | "permerror";

export type ReportedSpf = {
  domain: string | undefined;
  scope: "mfrom" | "helo" | undefined;
  result: ReportedSpfResult | undefined;
};
export type ReportedSpfResult =
  | "none"
  | "neutral"
  | "pass"
  | "fail"
  | "softfail"
  | "policy"
  | "temperror"
  | "permerror";

/** What a report does not have as it should: worth knowing, and no reason not to read on. */
export type ReportRemark =
  /** The root element is of a namespace that no version of the format has. */
  | "unknown-namespace"
  | "not-well-formed"
  /** Octets that are no text in the encoding that the report says it has. */
  | "undecodable-text"
  /** Something that every report has to say is not there. */
  | "missing-element"
  /** More than one of what there is one of: the first counts. */
  | "repeated-element"
  /** A word of an older format, or one in capitals: read as what it means today. */
  | "legacy-value"
  /** A word that no version of the format has: read as if nothing were said. */
  | "unknown-value"
  | "not-a-domain"
  | "not-an-address"
  | "not-a-time"
  /** A row without a number of messages: it is left out. */
  | "bad-count"
  /** More results, reasons or texts than are taken of one row: the rest is left out. */
  | "cut-short";

/** Where remarks go while a report is read. */
export type Remarks = (remark: ReportRemark) => void;
