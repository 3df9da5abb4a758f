import { createPublicKey, type KeyObject } from "node:crypto";
import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { readRsaPublicKey } from "./der.ts";

/** A public key ready for use. `bits` is the RSA modulus length, or 256 for Ed25519. */
export type PublicKey = { keyType: "rsa" | "ed25519"; bits: number; object: KeyObject };

/** RSA keys that are used: RFC 8301 §3.2 forbids shorter ones, and leaves those over 4096 bits to the verifier. */
export const rsaBitsMin = 1024;
export const rsaBitsMax = 8192;

/**
 * Beyond this a verification costs milliseconds instead of microseconds. OpenSSL itself refuses such exponents for long
 * moduli; the usual exponent is 65537.
 */
export const rsaExponentOctetsMax = 8;

/** An RSA key as `p=` carries it, DER of either form. Exponents are odd and at least 3 (RFC 8017 §3.1). */
export function readRsaKey(der: Uint8Array): Parsed<PublicKey> {
  const numbers = readRsaPublicKey(der);
  if (numbers === undefined) return unparsed("p= is no RSA public key", 0);
  const { modulus, exponent } = numbers;
  const isOne = exponent.length === 1 && exponent[0] === 1;
  if (isOne || isEven(exponent)) return unparsed("RSA exponent is not an odd number above 1", 0);
  if (exponent.length > rsaExponentOctetsMax) return unparsed("RSA exponent over 64 bits", 0);
  if (isEven(modulus)) return unparsed("RSA modulus is even", 0);
  const object = importJwk({ kty: "RSA", n: base64url(modulus), e: base64url(exponent) });
  if (object === undefined) return unparsed("p= is no usable RSA public key", 0);
  return parsed({ keyType: "rsa", bits: modulus.length * 8 - Math.clz32(modulus[0]!) + 24, object });
}

/** An Ed25519 key as `p=` carries it: the 32 octets alone (RFC 8463 §4.2). */
export function readEd25519Key(octets: Uint8Array): Parsed<PublicKey> {
  if (octets.length === 44 && octets[0] === 0x30) {
    return unparsed("p= is a SubjectPublicKeyInfo; an Ed25519 key is its last 32 octets alone", 0);
  }
  if (octets.length !== 32) return unparsed("an Ed25519 key has 32 octets", 0);
  if (isSmallOrder(octets)) return unparsed("an Ed25519 key that anyone can sign for", 0);
  const object = importJwk({ kty: "OKP", crv: "Ed25519", x: base64url(octets) });
  return object ? parsed({ keyType: "ed25519", bits: 256, object }) : unparsed("p= is no usable Ed25519 key", 0);
}

/** The points of small order: a signature by them says nothing (RFC 8032 §5.1.7; encodings with the sign bit cleared). */
const smallOrderPoints = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

function isSmallOrder(octets: Uint8Array): boolean {
  const unsigned = Buffer.from(octets);
  unsigned[31]! &= 0x7f;
  return smallOrderPoints.has(unsigned.toString("hex"));
}

const isEven = (number: Uint8Array): boolean => number[number.length - 1]! % 2 === 0;
const base64url = (octets: Uint8Array): string => Buffer.from(octets).toString("base64url");

function importJwk(key: JsonWebKeyFields): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    return undefined;
  }
}

type JsonWebKeyFields = Record<string, string>;
