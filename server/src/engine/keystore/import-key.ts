import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { rsaNumbers, type Weakness, weaknessOf } from "chancery/dkim";
import { type Keypair, keypairOf, selfTest } from "./keypair.ts";
import { knownWeakKeys } from "./known-weak.ts";
import type { Secret } from "./secret.ts";

const RSA_BITS_MIN = 1024;
const RSA_BITS_USUAL = 2048;
const RSA_BITS_MAX = 8192;
const EXPONENT_MIN = 65_537n;
/** Longer ones make verifying slow, and some verifiers refuse them. */
const EXPONENT_MAX = 2n ** 32n;

type KeyFault = "unsupported-algorithm" | "too-small" | "small" | "too-large" | "weak-exponent" | Weakness;

export type ImportedKey =
  | { result: "imported"; keypair: Keypair }
  | { result: "refused"; reason: "not-a-private-key" | KeyFault };

/** `small`: RSA keys under 2048 bits are taken too; absent: they are refused. */
export type ImportOptions = { small?: boolean; isKnownWeak?: (publicKey: KeyObject) => Weakness | undefined };

/** Reads a customer's private key (PEM, unencrypted: PKCS #8 or PKCS #1) and refuses what anybody could break (threat 5). */
export async function importKey(pem: Secret<string>, options: ImportOptions = {}): Promise<ImportedKey> {
  const privateKey = readPem(pem);
  if (privateKey === undefined) return { result: "refused", reason: "not-a-private-key" };
  const keypair = keypairOf(privateKey);
  const fault = faultOf(createPublicKey(privateKey), options);
  if (fault !== undefined) return { result: "refused", reason: fault };
  // A key whose parts do not belong together parses all the same; signing with it shows.
  if (keypair === undefined || !(await selfTest(keypair).catch(() => false)))
    return { result: "refused", reason: "not-a-private-key" };
  return { result: "imported", keypair };
}

/** What speaks against a public key; undefined: nothing does. */
export function faultOf(
  publicKey: KeyObject,
  { small = false, isKnownWeak }: ImportOptions = {},
): KeyFault | undefined {
  const type = publicKey.asymmetricKeyType;
  if (type !== "rsa" && type !== "ed25519") return "unsupported-algorithm";
  if (type === "rsa") {
    const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
    const { exponent } = rsaNumbers(publicKey);
    if (bits < RSA_BITS_MIN) return "too-small";
    if (bits < RSA_BITS_USUAL && !small) return "small";
    if (bits > RSA_BITS_MAX) return "too-large";
    if (exponent < EXPONENT_MIN || exponent > EXPONENT_MAX || exponent % 2n === 0n) return "weak-exponent";
  }
  return weaknessOf(publicKey) ?? (isKnownWeak ?? known())(publicKey);
}

/** The lists are read once, when the first key comes. */
const known = once(knownWeakKeys);

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function readPem(pem: Secret<string>): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem.open(), format: "pem" });
  } catch {
    return undefined; // OpenSSL's message is of no use to a customer, and may quote the input
  }
}
