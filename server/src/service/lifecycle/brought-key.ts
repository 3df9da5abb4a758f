import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { publicKeyText } from "chancery/dkim";
import { faultOf, importKey } from "../../engine/keystore/import-key.ts";
import { readKeyFile } from "../../engine/keystore/read-key-file.ts";
import { Secret } from "../../engine/keystore/secret.ts";
import type { KeyAlgorithm } from "../../model/key/key-role.ts";
import { Refusal } from "../refusal.ts";

/** `privateKey`: PEM, unencrypted. `publicKey`: PEM, a key record, or base64; beside a private key it has to be its public half. */
export type BroughtKey = {
  privateKey?: Secret<string> | undefined;
  publicKey?: string | undefined;
  /** RSA keys under 2048 bits are taken. Absent: they are refused. */
  allowSmall?: boolean | undefined;
};

export type ReadKey = {
  algorithm: KeyAlgorithm;
  bits: number;
  /** `p=` of its record. */
  publicKey: string;
  publicHalf: KeyObject;
  spkiSha256: string;
  /** Undefined: only the public half came. */
  privateKey: KeyObject | undefined;
};

/** Reads and judges a key that a customer brings. Refusals quote nothing of it. */
export async function readBroughtKey({ privateKey, publicKey, allowSmall = false }: BroughtKey): Promise<ReadKey> {
  const half = publicKey === undefined ? undefined : publicHalf(publicKey, allowSmall);
  if (privateKey === undefined) {
    if (half === undefined) throw new Refusal("invalid-input", "a private key or a public key is needed");
    return half;
  }
  const imported = await importKey(privateKey, { small: allowSmall });
  if (imported.result === "refused") throw new Refusal("invalid-input", faults[imported.reason]);
  const { keypair } = imported;
  if (half !== undefined && half.spkiSha256 !== keypair.spkiSha256)
    throw new Refusal("invalid-input", "the public half is not that of the private key: they are of two key pairs");
  const { algorithm, bits, spkiSha256 } = keypair;
  const publicHalfOfPair = createPublicKey(keypair.privateKey);
  return {
    algorithm,
    bits,
    spkiSha256,
    publicKey: keypair.publicKey,
    publicHalf: publicHalfOfPair,
    privateKey: keypair.privateKey,
  };
}

function publicHalf(text: string, small: boolean): ReadKey {
  const file = readKeyFile(Buffer.from(text, "latin1"), "public");
  if (file.holds === "private")
    throw new Refusal(
      "invalid-input",
      "this is a private key; where others sign, only its public half is needed here. Keep the private key where it is",
    );
  if (file.holds === "nothing") throw new Refusal("invalid-input", `the public key cannot be read: ${file.problem}`);
  const { publicKey } = file;
  const fault = faultOf(publicKey, { small });
  if (fault !== undefined) throw new Refusal("invalid-input", faults[fault]);
  const spki = publicKey.export({ format: "der", type: "spki" });
  const isRsa = publicKey.asymmetricKeyType === "rsa";
  return {
    algorithm: isRsa ? "rsa-sha256" : "ed25519-sha256",
    bits: isRsa ? (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) : 256,
    publicKey: publicKeyText(publicKey),
    publicHalf: publicKey,
    spkiSha256: createHash("sha256").update(spki).digest("hex"),
    privateKey: undefined,
  };
}

const broken = "anybody can compute its private half; make a new key pair, with chancery key generate";
const faults: Record<Extract<Awaited<ReturnType<typeof importKey>>, { result: "refused" }>["reason"], string> = {
  "not-a-private-key":
    "no private key can be read: unencrypted PEM is expected, in PKCS #8 or PKCS #1, whose parts belong together",
  "unsupported-algorithm": "DKIM signs with RSA and Ed25519; this is neither",
  "too-small": "an RSA key under 1024 bits can be broken; verifiers refuse it (RFC 8301 section 3.2)",
  small: "an RSA key under 2048 bits is weak; make a longer one, or say that it is meant: --allow-1024",
  "too-large": "an RSA key over 8192 bits is more than verifiers read; 2048 bits are enough",
  "weak-exponent": "its public exponent is not one that is safe and that verifiers take; 65537 is",
  "close-primes": `its primes are too close to each other: ${broken}`,
  debian: `it was made by the broken OpenSSL of Debian (CVE-2008-0166): ${broken}`,
  roca: `it was made by a faulty chip (ROCA, CVE-2017-15361): ${broken}`,
  "small-factor": `it has a small factor: ${broken}`,
  "exponent-one": `its public exponent is 1: ${broken}`,
  "even-exponent": "its public exponent is even: it is no RSA key",
  "small-order": `it is a point of small order: ${broken}`,
  published: `it is printed in a standard or a manual: ${broken}`,
};
