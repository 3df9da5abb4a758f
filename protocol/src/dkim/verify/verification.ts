import type { ResolveTxt } from "../key/key-lookup.ts";
import type { Claims } from "../signature/signature.ts";
import type { Reason, Result } from "../signature/verdict.ts";

/**
 * The outcome of one DKIM-Signature field. What a field claims (`signingDomain`, `identity` and the rest) is there for every
 * result and means nothing without `pass`; even then `signingDomain` is who takes responsibility, not who wrote (RFC 6376 §3.11).
 */
export type Verification = Claims & {
  result: Result;
  /** Why the result is not `pass`; undefined when it is. */
  reason: Reason | undefined;
  /** A sentence for people; none of the message's octets are in it. Undefined on `pass`. */
  detail: string | undefined;
  /** RSA modulus length, or 256 for Ed25519; undefined when no key was read. */
  keyBits: number | undefined;
  /** The key record says `t=y`: treat the message as unsigned, whatever the result (RFC 6376 §3.6.1). */
  testing: boolean;
  /**
   * Canonical body octets beyond `l=`: anyone can have put them there. 0 also where a signature is refused before its body is
   * looked at.
   */
  uncoveredOctets: number;
  /** Fields of importance (lower-case names) of which the message holds one that is not signed. */
  uncoveredFields: string[];
  /** The first octets of `b=`, eight or more, as many as tell this signature from the message's others (RFC 6008 §4). */
  signatureStart: string;
  remarks: Remark[];
};

/** Worth saying beside a result, and no reason for another one. */
export type Remark =
  /** `t=` is later than now, beyond the skew allowed. */
  | "future-timestamp"
  /** The field holds UTF-8 though no other field does: RFC 8616 §5 has it in internationalized messages only. */
  | "utf8-in-ascii-message";

export type VerifyOptions = {
  /** Asked for at most `signaturesMax` names, all at once. It has to settle: how long an answer may take is its own affair. */
  resolveTxt: ResolveTxt;
  /** Epoch seconds to compare `x=` and `t=` with: when the message was first received, if that is known. Absent: the clock. */
  now?: number;
  /** How far clocks may be apart, in seconds. Absent: 300. */
  skewSeconds?: number;
  /** How many signatures are evaluated, aligned ones first; each costs a key look-up. Absent: 10. */
  signaturesMax?: number;
  /** What a good signature whose `l=` leaves a part of the body uncovered comes to. Absent: `pass`. */
  uncoveredBody?: "pass" | "policy" | "fail";
  /** Whether names are registered below this domain, so that it speaks for nobody (RFC 6376 §6.1.1). Absent: none. */
  isRegistrySuffix?: (domain: string) => boolean;
};

/**
 * Throws TypeError for options that a caller without types got wrong: a time that is no number would let every signature be
 * as young as it likes, and a missing resolver would look like a fault of the DNS.
 */
export function checkOptions(options: VerifyOptions): void {
  const { resolveTxt, now, skewSeconds, signaturesMax, uncoveredBody } = (options as VerifyOptions | null) ?? {};
  if (typeof resolveTxt !== "function") throw new TypeError("resolveTxt is no function");
  for (const [name, value] of Object.entries({ now, skewSeconds, signaturesMax })) {
    if (value !== undefined && (typeof value !== "number" || Number.isNaN(value)))
      throw new TypeError(`${name} is no number`);
  }
  if (uncoveredBody !== undefined && !["pass", "policy", "fail"].includes(uncoveredBody))
    throw new TypeError("uncoveredBody is none of pass, policy and fail");
}
