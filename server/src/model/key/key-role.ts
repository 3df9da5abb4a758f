/** The algorithms we sign with, by the names of `a=` (RFC 6376 §3.3, RFC 8463 §3). */
export type KeyAlgorithm = "rsa-sha256" | "ed25519-sha256";

/** Of each role a domain has one active key; two roles mean two signatures on a message, under two selectors. */
export type KeyRole = "primary" | "second";

/** Every verifier knows RSA; Ed25519 is an addition that many do not read yet (RFC 8463 §1). */
const roles: Record<KeyAlgorithm, KeyRole> = { "rsa-sha256": "primary", "ed25519-sha256": "second" };

export const roleOf = (algorithm: KeyAlgorithm): KeyRole => roles[algorithm];
