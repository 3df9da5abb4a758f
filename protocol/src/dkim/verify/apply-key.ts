import { verify as verifyOctets } from "node:crypto";
import { octetsOf } from "../../mail/octets.ts";
import type { KeyRecord } from "../key/key-record.ts";
import { rsaBitsMax, rsaBitsMin, type PublicKey } from "../key/public-key.ts";
import { sha256 } from "../platform/sha256.ts";
import type { Signature } from "../signature/signature.ts";
import type { Failure } from "../signature/verdict.ts";

/** Whether a key record lets its key be used for this signature (RFC 6376 §6.1.2 steps 5 to 9, RFC 8301 §3.2). */
export function usableKey(
  record: KeyRecord,
  signature: Signature,
): { ok: true; key: PublicKey } | { ok: false; failure: Failure } {
  const no = (reason: Failure["reason"], detail: string): { ok: false; failure: Failure } => ({
    ok: false,
    failure: { reason, detail },
  });
  const [keyType, hashName] = signature.algorithm.split("-");
  if (record.key.state === "revoked") return no("key-revoked", "p= is empty");
  if (record.keyType !== keyType) return no("key-not-applicable", `k= is not ${keyType}`);
  if (record.key.state === "unknown-type") return no("key-not-applicable", "k= is no known key type");
  if (record.hashes && !record.hashes.includes(hashName!))
    return no("key-not-applicable", `h= does not allow ${hashName}`);
  if (!record.services.some((service) => service === "*" || service === "email")) {
    return no("key-not-applicable", "s= does not allow e-mail");
  }
  if (record.flags.includes("s") && signature.identityDomain !== signature.signingDomain) {
    return no("key-not-applicable", "t=s does not allow i= below d=");
  }
  const { publicKey } = record.key;
  if (publicKey.keyType === "rsa" && publicKey.bits < rsaBitsMin)
    return no("key-too-small", `RSA key of ${publicKey.bits} bits`);
  if (publicKey.bits > rsaBitsMax) return no("key-too-large", `RSA key of ${publicKey.bits} bits`);
  return { ok: true, key: publicKey };
}

/** RSASSA-PKCS1-v1_5 over the octets (RFC 6376 §3.3), or Ed25519 over their SHA-256 digest (RFC 8463 §3). */
export function signatureVerifies(key: PublicKey, hashInput: string, signature: Uint8Array): boolean {
  const octets = octetsOf(hashInput);
  try {
    return key.keyType === "rsa"
      ? verifyOctets("sha256", octets, key.object, signature)
      : verifyOctets(null, sha256(octets), key.object, signature);
  } catch {
    // OpenSSL reports some impossible pairs of key and signature as an error instead of a refusal.
    return false;
  }
}
