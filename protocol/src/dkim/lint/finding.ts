import type { Weakness } from "../key/weak-key.ts";

/**
 * What the linter says of a record. The codes are those that domain status, auditor and console share; `mistake` tells the
 * ways apart in which one code comes about. Neither `problem` nor `remedy` quotes more than a tag name or a character.
 */
export type KeyFinding = {
  code: KeyFindingCode;
  severity: "critical" | "high" | "medium" | "low" | "info";
  mistake: Mistake;
  /** What is wrong, for people. */
  problem: string;
  /** What to do about it. */
  remedy: string;
};

export type KeyFindingCode =
  | "NoKeyRecord"
  | "KeyMalformed"
  | "KeyRevoked"
  | "KeyTesting"
  | "KeyWeak"
  | "MultipleKeyRecords"
  /** A record that reads well and that no verifier of ordinary mail may use. */
  | "KeyUnusable"
  /** It works, and differs from what everybody publishes: low where some verifier may stumble, info where none does. */
  | "KeyUnusual"
  /** The private half of a key stands in DNS. */
  | "PrivateKeyPublished";

/** Every mistake, by the code that it comes under. They are explained one by one in docs/key-records.md. */
export type Mistake =
  // NoKeyRecord
  | "spf-text"
  | "dmarc-text"
  | "other-version"
  | "policy-text"
  | "verification-text"
  | "name-as-text"
  | "alias-as-text"
  | "address-as-text"
  | "placeholder"
  | "empty"
  | "other-text"
  // KeyMalformed, undone
  | "invisible-characters"
  | "html"
  | "url-encoded"
  | "smart-quotes"
  | "zone-line"
  | "pem-armour"
  | "several-strings"
  | "escapes"
  | "quotes"
  | "line-ends"
  | "line-breaks"
  | "separators"
  | "empty-tags"
  | "version"
  | "capitals"
  | "doubled-tag"
  | "version-not-first"
  // KeyMalformed, explained
  | "bare-key"
  | "base64url"
  | "wrong-key-type"
  | "unknown-key-type"
  | "ed25519-spki"
  | "cut-short"
  | "middle-missing"
  | "beginning-missing"
  | "cut-at-semicolon"
  | "no-key"
  | "key-too-long"
  | "damaged"
  | "no-rsa-key"
  | "ed25519-length"
  | "not-base64"
  | "abbreviated"
  | "other-key"
  | "ssh-key"
  | "certificate"
  | "too-long"
  | "unreadable"
  // the other codes
  | "several-records"
  | "split-over-records"
  | "private-key"
  | "revoked"
  | "testing"
  | Weakness
  | "too-small"
  | "small"
  | "hash"
  | "service"
  | "too-large"
  | "large-exponent"
  | "large"
  | "small-exponent"
  | "blanks-in-key"
  | "missing-padding"
  | "no-version"
  | "granularity"
  | "sha1-allowed"
  | "reports-only"
  | "unknown-tags";

export const malformed = (mistake: Mistake, problem: string, remedy: string): KeyFinding => ({
  code: "KeyMalformed",
  severity: "high",
  mistake,
  problem,
  remedy,
});
