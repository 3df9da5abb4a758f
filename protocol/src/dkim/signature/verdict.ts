/** What came of one DKIM-Signature field. The words of RFC 8601 §2.7.1 but `none`, which is the message without a signature. */
export type Result = "pass" | "fail" | "policy" | "neutral" | "temperror" | "permerror";

/**
 * Every reason why a signature does not pass, with its word. This is the one place where reasons become words; a row's
 * comment names what the reason rests on. Where peers choose another word, `docs/divergences.md` says why this one stands.
 */
export const resultOf = {
  // Cannot be parsed, or names a method this verifier does not know: not an unsigned message, and no error of the key's owner.
  "malformed-signature": "neutral", // RFC 6376 §3.2, §3.5, §6.1.1; RFC 8601 §2.7.1 "syntax errors"
  "incompatible-version": "neutral", // RFC 6376 §3.5 v=, §6.1.1
  "unknown-algorithm": "neutral", // RFC 6376 §3.3.4: ignore the signature
  "unknown-canonicalization": "neutral", // RFC 6376 §3.4: ignore the signature
  "unknown-query-method": "neutral", // RFC 6376 §3.5 q=
  "header-too-large": "neutral", // RFC 8601 §2.7.1 "not otherwise able to be processed"

  // The signature or its key record says something that no later try will make right.
  "from-not-signed": "permerror", // RFC 6376 §5.4, §6.1.1
  "identity-outside-domain": "permerror", // RFC 6376 §3.5 i=, §6.1.1
  "key-not-found": "permerror", // RFC 6376 §6.1.2 step 2
  "several-key-records": "permerror", // RFC 6376 §3.6.2.2: undefined, so none is trusted
  "key-malformed": "permerror", // RFC 6376 §6.1.2 step 4
  "key-revoked": "permerror", // RFC 6376 §3.6.1 p=, §6.1.2 step 7
  "key-not-applicable": "permerror", // RFC 6376 §3.6.1 k=, s=, t=s; §6.1.2 steps 5, 6, 8

  // The mathematics says no.
  "body-hash-mismatch": "fail", // RFC 6376 §6.1.3 step 3
  "body-too-short": "fail", // RFC 6376 §3.5 l=: the octets that were signed are not all there
  "signature-mismatch": "fail", // RFC 6376 §6.1.3 step 4
  "body-too-long": "fail", // RFC 6376 §6.1.3, §8.2: l= leaves octets uncovered; only where the caller asks for it

  // It might verify; this verifier does not take it.
  sha1: "policy", // RFC 8301 §3.1
  "key-too-small": "policy", // RFC 8301 §3.2
  "key-too-large": "policy", // RFC 8301 §3.2: over 4096 bits is the verifier's choice
  expired: "policy", // RFC 6376 §3.5 x=
  "registry-suffix": "policy", // RFC 6376 §6.1.1: d= at which names are registered
  "uncovered-body": "policy", // RFC 6376 §6.1.3, §8.2; only where the caller asks for it
  "not-evaluated": "policy", // RFC 6376 §6.1, §8.4: past the number of signatures that are evaluated

  // Another try may find more.
  "dns-timeout": "temperror", // RFC 6376 §6.1.2 step 1
  "dns-failure": "temperror", // RFC 6376 §6.1.2 step 1: SERVFAIL, REFUSED, network and the like
} as const satisfies Record<string, Exclude<Result, "pass">>;

export type Reason = keyof typeof resultOf;

/** A reason with a sentence for people beside it; the sentence holds no octets of the message. */
export type Failure = { reason: Reason; detail: string };
