import { createPrivateKey, sign as signOctets, KeyObject } from "node:crypto";
import { parseDomain } from "../../mail/domain.ts";
import { octetsOf } from "../../mail/octets.ts";
import { CannotSign } from "./cannot-sign.ts";
import { keyNameOctetsMax, keyNameOf } from "../signature/key-name.ts";
import { sha256 } from "../platform/sha256.ts";

/** Who signs: the private key under `selector` of `signingDomain`. Its kind, RSA or Ed25519, decides the algorithm. */
export type SigningKey = {
  signingDomain: string;
  selector: string;
  /** A KeyObject, or PEM. PEM is read once for each SigningKey object; a KeyObject costs nothing. */
  privateKey: KeyObject | string;
};

/** A signing key that was checked: names in A-labels and lower case, the key read. */
export type ReadyKey = {
  signingDomain: string;
  selector: string;
  algorithm: "rsa-sha256" | "ed25519-sha256";
  privateKey: KeyObject;
};

/** Checked keys by the object that the caller holds, so that a secret lives no longer here than there. */
const ready = new WeakMap<SigningKey, { from: SigningKey; key: ReadyKey }>();

/** Checks a key once (DKIM-S-06). Throws CannotSign. */
export function readyKey(key: SigningKey): ReadyKey {
  const known = ready.get(key);
  if (known !== undefined && sameFields(known.from, key)) return known.key;
  const signingDomain = parseDomain(key.signingDomain);
  if (!signingDomain.ok || !signingDomain.value.includes(".")) {
    throw new CannotSign("signing-domain", "the signing domain is no domain name of two labels or more");
  }
  const selector = parseDomain(key.selector);
  const names = { signingDomain: signingDomain.value, selector: selector.ok ? selector.value : "" };
  if (!selector.ok || keyNameOf(names).length > keyNameOctetsMax) {
    throw new CannotSign("selector", "the selector is no DNS name, or makes the key name too long");
  }
  const privateKey = readPrivateKey(key.privateKey);
  const checked: ReadyKey = { ...names, algorithm: algorithmOf(privateKey), privateKey };
  ready.set(key, { from: { ...key }, key: checked });
  return checked;
}

const sameFields = (one: SigningKey, other: SigningKey): boolean =>
  one.privateKey === other.privateKey && one.selector === other.selector && one.signingDomain === other.signingDomain;

function readPrivateKey(key: KeyObject | string): KeyObject {
  if (key instanceof KeyObject) return key;
  if (/-----BEGIN ENCRYPTED |^Proc-Type: *4, *ENCRYPTED/m.test(key))
    throw new CannotSign(
      "key-type",
      "the private key is encrypted: give createPrivateKey() of it, with its passphrase",
    );
  try {
    return createPrivateKey(key);
  } catch {
    // What OpenSSL says about it could quote the key.
    throw new CannotSign("key-type", "the private key cannot be read");
  }
}

function algorithmOf(key: KeyObject): ReadyKey["algorithm"] {
  if (key.type !== "private") throw new CannotSign("key-type", "the key is no private key");
  if (key.asymmetricKeyType === "ed25519") return "ed25519-sha256";
  if (key.asymmetricKeyType !== "rsa") throw new CannotSign("key-type", "the key is neither RSA nor Ed25519");
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 1024) throw new CannotSign("key-too-small", `an RSA key of ${bits} bits is too small to sign with`);
  return "rsa-sha256";
}

/**
 * RSASSA-PKCS1-v1_5 over the octets (RFC 6376 §3.3) on a thread of Node's pool, for it takes a good part of a millisecond;
 * Ed25519 over their SHA-256 digest (RFC 8463 §3) here, for the way to a thread takes longer.
 */
export function signWith(key: ReadyKey, hashInput: string): Promise<Buffer> {
  if (key.algorithm === "ed25519-sha256") return Promise.resolve(signHere(key, hashInput));
  return new Promise((resolve, reject) => {
    signOctets("sha256", octetsOf(hashInput), key.privateKey, (error, signature) =>
      error ? reject(error) : resolve(signature),
    );
  });
}

/** As `signWith`, on this thread. */
export function signHere(key: ReadyKey, hashInput: string): Buffer {
  const octets = octetsOf(hashInput);
  return key.algorithm === "rsa-sha256"
    ? signOctets("sha256", octets, key.privateKey)
    : signOctets(null, sha256(octets), key.privateKey);
}
