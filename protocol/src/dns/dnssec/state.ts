/*
 * What validation comes to, as plain values. The four words are those of RFC 4033 §5: `secure`, proven by a chain of
 * signatures from a trust anchor; `insecure`, proven that there is no such chain; `bogus`, there ought to be one and it does
 * not hold, so that validating receivers get SERVFAIL; `indeterminate`, it could not be found out.
 */

/** Why a chain does not hold. */
export type BogusReason =
  | "signature-missing" // no RRSIG record covers the records
  | "signature-expired"
  | "signature-not-yet-valid"
  | "signature-mismatch" // the records are not what was signed
  | "signing-key-missing" // no key of the zone has made the signature
  | "dnskey-missing" // the parent has a DS record, and the zone shows no key at all
  | "ds-without-key" // the zone has keys, and none of them is what the DS records name
  | "denial-missing" // nothing signed says that there is no such record
  | "denial-incomplete" // something does, and it does not prove it
  | "nsec3-iterations"; // over 500: resolvers answer SERVFAIL (RFC 9276 §3.2)

export type InsecureReason =
  | "no-ds" // the parent proves that the zone is not signed
  | "opt-out" // the parent says nothing about zones that are not signed (RFC 5155 §6)
  | "unsupported-algorithm" // every DS record has an algorithm or a digest that is not checked
  | "nsec3-iterations"; // over 100 (RFC 9276 §3.2)

/** `no-trust-anchor`: none is at or above the zone. `too-much-work`: the limits on signatures and hashes were reached, which zones made to exhaust a validator do. */
export type IndeterminateReason = "not-reached" | "too-much-work" | "no-trust-anchor";

/** `zone` is the zone whose word fails or ends the chain; `record` what in it: an owner and a type. Times: epoch seconds. */
export type DnssecState =
  | { state: "secure" }
  | { state: "insecure"; zone: string; reason: InsecureReason; algorithms?: number[] }
  | {
      state: "bogus";
      zone: string;
      record: { name: string; type: string };
      reason: BogusReason;
      /** Of the signature or DS record that fails. */
      keyTag?: number;
      expiredAt?: number;
      validFrom?: number;
    }
  | { state: "indeterminate"; zone: string; reason: IndeterminateReason; detail?: string };

/**
 * What may still be spent on one name, counted down in place. Zones can be made so that one answer costs millions of checks
 * (KeyTrap, CVE-2023-50387) or hashes (CVE-2023-50868).
 */
export type WorkBudget = { signatureChecksLeft: number; hashRoundsLeft: number };

/** Ample for sound chains of eight aliases: some forty checks. */
export const newWorkBudget = (): WorkBudget => ({ signatureChecksLeft: 100, hashRoundsLeft: 5000 });
