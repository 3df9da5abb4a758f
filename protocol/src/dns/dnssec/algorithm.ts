import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";

/*
 * What can be checked here. Everything else counts as unknown, so that a zone that has nothing else is insecure (RFC 4035
 * §5.2). SHA-1 is not checked: RFC 9905 forbids it to signers and lets validators treat it as unknown.
 */

/** Reads a public key of one algorithm; undefined where its octets are none. Throws what node:crypto throws at bad points. */
type KeyReader = (publicKey: Uint8Array) => KeyObject | undefined;
type Algorithm = { mnemonic: string; read?: KeyReader; digest?: "sha256" | "sha384" | "sha512" };

/** RFC 5702 §2.1, §2.2. */
const rsaModulusOctets = { min: 64, max: 512 };
/** Longer exponents only make a check slow; 65537 has three octets. */
const rsaExponentOctetsMax = 5;

const base64url = (octets: Uint8Array): string => Buffer.from(octets).toString("base64url");

/** RFC 3110 §2: the length of the exponent in one octet, or in two behind a zero octet; the exponent; the modulus. */
function readRsa(publicKey: Uint8Array): KeyObject | undefined {
  const long = publicKey[0] === 0;
  const from = long ? 3 : 1;
  const octets = long ? (publicKey[1] ?? 0) * 256 + (publicKey[2] ?? 0) : (publicKey[0] ?? 0);
  const exponent = publicKey.subarray(from, from + octets);
  const modulus = publicKey.subarray(from + octets);
  if (octets === 0 || octets > rsaExponentOctetsMax) return undefined;
  if (modulus.length < rsaModulusOctets.min || modulus.length > rsaModulusOctets.max) return undefined;
  return createPublicKey({ format: "jwk", key: { kty: "RSA", n: base64url(modulus), e: base64url(exponent) } });
}

/** RFC 6605 §4: both coordinates, without the octet that says so elsewhere. */
const readEcdsa =
  (crv: string, octets: number): KeyReader =>
  (publicKey) => {
    if (publicKey.length !== 2 * octets) return undefined;
    const [x, y] = [base64url(publicKey.subarray(0, octets)), base64url(publicKey.subarray(octets))];
    return createPublicKey({ format: "jwk", key: { kty: "EC", crv, x, y } });
  };

/** RFC 8080 §3. */
const readEddsa =
  (crv: string, octets: number): KeyReader =>
  (publicKey) =>
    publicKey.length === octets
      ? createPublicKey({ format: "jwk", key: { kty: "OKP", crv, x: base64url(publicKey) } })
      : undefined;

/** https://www.iana.org/assignments/dns-sec-alg-numbers; without `read` and `digest`: known by name, and not checked. */
const algorithms: ReadonlyMap<number, Algorithm> = new Map([
  [1, { mnemonic: "RSAMD5" }],
  [3, { mnemonic: "DSA" }],
  [5, { mnemonic: "RSASHA1" }],
  [6, { mnemonic: "DSA-NSEC3-SHA1" }],
  [7, { mnemonic: "RSASHA1-NSEC3-SHA1" }],
  [8, { mnemonic: "RSASHA256", read: readRsa, digest: "sha256" }],
  [10, { mnemonic: "RSASHA512", read: readRsa, digest: "sha512" }],
  [12, { mnemonic: "ECC-GOST" }],
  [13, { mnemonic: "ECDSAP256SHA256", read: readEcdsa("P-256", 32), digest: "sha256" }],
  [14, { mnemonic: "ECDSAP384SHA384", read: readEcdsa("P-384", 48), digest: "sha384" }],
  [15, { mnemonic: "ED25519", read: readEddsa("Ed25519", 32) }],
  [16, { mnemonic: "ED448", read: readEddsa("Ed448", 57) }],
]);

const digests: ReadonlyMap<number, "sha256" | "sha384"> = new Map([
  [2, "sha256"], // RFC 4509
  [4, "sha384"], // RFC 6605 §2
]);

/** "ECDSAP256SHA256", or the number of one without a name here. */
export const algorithmName = (algorithm: number): string => algorithms.get(algorithm)?.mnemonic ?? String(algorithm);

/** Whether signatures of this algorithm can be checked. */
export const isSupportedAlgorithm = (algorithm: number): boolean => algorithms.get(algorithm)?.read !== undefined;

/** Whether DS records with this digest type can be checked. */
export const isSupportedDigest = (digestType: number): boolean => digests.has(digestType);

/** The digest of a DS record; undefined where its type is not supported. */
export function digestOctets(digestType: number, octets: Uint8Array): Uint8Array | undefined {
  const name = digests.get(digestType);
  return name && createHash(name).update(octets).digest();
}

/** Whether `signature` is of `octets` by this public key. False too for a key or signature that is none of its algorithm. */
export function checkSignature(
  algorithm: number,
  publicKey: Uint8Array,
  octets: Uint8Array,
  signature: Uint8Array,
): boolean {
  const known = algorithms.get(algorithm);
  try {
    const key = known?.read?.(publicKey);
    return key !== undefined && verify(known?.digest, octets, { key, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false; // a point that is not on its curve
  }
}
