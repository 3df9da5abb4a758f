import type { ResolveTxt } from "../dkim/key/key-lookup.ts";
import type { Author } from "../mail/author.ts";
import type { DkimOutcome, IdentifierVerdict, SpfOutcome } from "./identifiers.ts";
import type { Policy, PolicyRecord } from "./policy-record.ts";
import type { PolicySource } from "./tree-walk.ts";

/** The words of RFC 9989 §9.2. `none`: there is no policy record in the whole walk. */
export type DmarcResult = "pass" | "fail" | "none" | "permerror" | "temperror";

/** What to do with the message. `defer`: answer 4yz, another try may find more. */
export type Disposition = "none" | "quarantine" | "reject" | "defer";

/** Why the disposition is not what the record asks for; the words of aggregate reports (RFC 9990 §3.1). */
export type Override = "policy_test_mode" | "local_policy";

export type EvaluateOptions = {
  /** Who the message says wrote it: `authorOf` its header. */
  author: Author;
  /** Every DKIM-Signature field, whatever came of it: what `verify` gives. */
  dkim: readonly DkimOutcome[];
  /** Absent: SPF was not checked. */
  spf?: SpfOutcome;
  /** Shape and error codes of `node:dns/promises`. A resolver that sees NXNAME (RFC 9824) should say ENOTFOUND. */
  resolveTxt: ResolveTxt;
  /** What mail that fails `p=reject` comes to. A policy alone is no reason to reject (RFC 9989 §7.4). Absent: `quarantine`. */
  onReject?: "quarantine" | "reject";
  /** What a temperror comes to: RFC 9989 §4.10.1 leaves it open. Absent: `none`, the mail is handled as if without DMARC. */
  onTemporaryError?: "none" | "defer";
};

export type Evaluation = {
  result: DmarcResult;
  disposition: Disposition;
  /** The author domain; undefined when the message has none, or several. */
  authorDomain: string | undefined;
  /** The record that applies; undefined when there is none or it is not known. */
  applied: AppliedPolicy | undefined;
  /** Signatures in their order, then SPF. Empty when there is no policy to judge them by. */
  identifiers: IdentifierVerdict[];
  overrides: Override[];
  /** How it came to this, step by step, for people. Of the message it holds domain names alone. */
  explanation: string[];
};

export type AppliedPolicy = {
  /** Where the record stands: `_dmarc.<domain>`. */
  domain: string;
  source: PolicySource;
  /** Which tag speaks for the author domain. */
  tag: "p" | "sp" | "np";
  /** What the tag says, and what is left of it after `t=`: the `policy.dmarc` of RFC 9989 §9.1. */
  published: Policy;
  policy: Policy;
  record: PolicyRecord;
};
