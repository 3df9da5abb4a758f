/** Why a message is not signed. The first group is about what the caller asked for, the second about the message. */
export type CannotSignCode =
  /** No key was given. */
  | "no-key"
  /** The private key cannot be read, or is neither RSA nor Ed25519. */
  | "key-type"
  /** An RSA key under 1024 bits (RFC 8301 §3.2). */
  | "key-too-small"
  /** `signingDomain` is no domain name of two labels or more. */
  | "signing-domain"
  | "selector"
  /** `identity` has no domain name after `@`, or one that is not `signingDomain` or below it (RFC 6376 §3.5); or it fits in no line. */
  | "identity"
  | "canonicalization"
  /** `now` or `lifetimeSeconds` is no whole number above 0, or there is a lifetime without a `now`. */
  | "lifetime"
  /** `headers` is no list of field names that fit in a line, or From is not among them (RFC 6376 §5.4). */
  | "headers"
  /** No From field. */
  | "no-from"
  /** From, Subject, To or Date twice: readers and verifiers would choose different ones (RFC 6376 §8.15, RFC 5322 §3.6). */
  | "several-fields"
  | "header-too-large"
  /** A line in the header that is no field. */
  | "header-malformed"
  /** CR or LF alone, NUL, or a line over 998 octets: transfer would change them (RFC 6376 §5.3, RFC 5321 §4.5.3.1). */
  | "bare-line-end"
  | "nul"
  | "line-too-long";

/** Thrown by `sign` and `startSigning`, before anything is signed. The message never holds key material or message text. */
export class CannotSign extends Error {
  readonly code: CannotSignCode;

  constructor(code: CannotSignCode, detail: string) {
    super(detail);
    this.name = "CannotSign";
    this.code = code;
  }
}
