import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { rsaNumbers, type Weakness, weaknessOf } from "chancery/dkim";
import { type Keypair, keypairOf, selfTest } from "./keypair.ts";
import { knownWeakKeys } from "./known-weak.ts";
import type { Secret } from "./secret.ts";

const RSA_BITS_MIN = 1024;
const RSA_BITS_MAX = 4096;
const EXPONENT_MIN = 65_537n;

export type ImportedKey =
  | { result: "imported"; keypair: Keypair }
  | {
      result: "refused";
      reason: "not-a-private-key" | "unsupported-algorithm" | "too-small" | "too-large" | "weak-exponent" | Weakness;
    };

/** Reads a customer's private key (PEM, unencrypted: PKCS #8 or PKCS #1) and refuses what anybody could break (threat 5). */
export async function importKey(pem: Secret<string>, isKnownWeak = knownWeakKeys()): Promise<ImportedKey> {
  const privateKey = readPem(pem);
  if (privateKey === undefined) return refused("not-a-private-key");
  const keypair = keypairOf(privateKey);
  if (keypair === undefined) return refused("unsupported-algorithm");
  if (keypair.algorithm === "rsa-sha256") {
    if (keypair.bits < RSA_BITS_MIN) return refused("too-small");
    if (keypair.bits > RSA_BITS_MAX) return refused("too-large");
    if (rsaNumbers(privateKey).exponent < EXPONENT_MIN) return refused("weak-exponent");
  }
  const publicKey = createPublicKey(privateKey);
  const weakness = weaknessOf(publicKey) ?? isKnownWeak(publicKey);
  if (weakness !== undefined) return refused(weakness);
  // A key whose parts do not belong together parses all the same; signing with it shows.
  if (!(await selfTest(keypair).catch(() => false))) return refused("not-a-private-key");
  return { result: "imported", keypair };
}

function readPem(pem: Secret<string>): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem.open(), format: "pem" });
  } catch {
    return undefined; // OpenSSL's message is of no use to a customer, and may quote the input
  }
}

function refused(reason: Extract<ImportedKey, { result: "refused" }>["reason"]): ImportedKey {
  return { result: "refused", reason };
}
