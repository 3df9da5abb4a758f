import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { type Keypair, keypairOf, selfTest } from "./keypair.ts";
import type { Secret } from "./secret.ts";

const RSA_BITS_MIN = 1024;
const RSA_BITS_MAX = 4096;
const FERMAT_ROUNDS = 100;

export type ImportedKey =
  | { result: "imported"; keypair: Keypair }
  | {
      result: "refused";
      reason:
        | "not-a-private-key"
        | "unsupported-algorithm"
        | "too-small"
        | "too-large"
        | "weak-exponent"
        | "close-primes";
    };

/** Reads a customer's private key (PEM, unencrypted: PKCS #8 or PKCS #1) and refuses what anybody could break (threat 5). */
export async function importKey(pem: Secret<string>): Promise<ImportedKey> {
  const privateKey = readPem(pem);
  if (privateKey === undefined) return refused("not-a-private-key");
  const keypair = keypairOf(privateKey);
  if (keypair === undefined) return refused("unsupported-algorithm");
  if (keypair.algorithm === "rsa-sha256") {
    if (keypair.bits < RSA_BITS_MIN) return refused("too-small");
    if (keypair.bits > RSA_BITS_MAX) return refused("too-large");
    const { n, e } = publicNumbers(privateKey);
    if (e < 65_537n || e % 2n === 0n) return refused("weak-exponent");
    if (hasClosePrimes(n)) return refused("close-primes");
  }
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

function publicNumbers(privateKey: KeyObject): { n: bigint; e: bigint } {
  const { n = "", e = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  const number = (text: string): bigint => BigInt(`0x0${Buffer.from(text, "base64url").toString("hex")}`);
  return { n: number(n), e: number(e) };
}

/** Fermat's factorization: n = a² − b² with a just above √n. Primes drawn at random are never found in a hundred rounds. */
function hasClosePrimes(n: bigint): boolean {
  let a = squareRoot(n);
  if (a * a < n) a += 1n;
  for (let round = 0; round < FERMAT_ROUNDS; round++, a += 1n) {
    const square = a * a - n;
    const b = squareRoot(square);
    if (b * b === square) return true;
  }
  return false;
}

/** Largest integer whose square is at most n: Newton's method from above. */
function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function refused(reason: Extract<ImportedKey, { result: "refused" }>["reason"]): ImportedKey {
  return { result: "refused", reason };
}
