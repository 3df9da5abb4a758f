import {
  createHash,
  createPublicKey,
  generateKeyPair as generateKeyPairWithCallback,
  type KeyObject,
  randomBytes,
  sign as signWithCallback,
  verify as verifyWithCallback,
} from "node:crypto";
import { promisify } from "node:util";

// On the thread pool, never on the event loop: an RSA-4096 key takes seconds at times.
const generateKeyPair = promisify(generateKeyPairWithCallback);
const sign = promisify(signWithCallback);
const verify = promisify(verifyWithCallback);

const ED25519_OCTETS = 32;

export type KeyKind = { algorithm: "rsa-sha256"; bits: 2048 | 3072 | 4096 } | { algorithm: "ed25519-sha256" };

/** A private key with everything that is derived from it. Printing one shows no secret; only the keystore exports it. */
export type Keypair = {
  algorithm: "rsa-sha256" | "ed25519-sha256";
  /** Size of the modulus; 256 for Ed25519. */
  bits: number;
  privateKey: KeyObject;
  /** Base64 for `p=`: the SubjectPublicKeyInfo of an RSA key (RFC 6376 §3.6.1), the 32 octets of an Ed25519 key (RFC 8463 §4). */
  publicKey: string;
  /** SHA-256 of the SubjectPublicKeyInfo in hexadecimal: one public half, one value, whatever its algorithm. */
  spkiSha256: string;
};

/** Makes a key pair that has signed and verified once. */
export async function generateKeypair(kind: KeyKind): Promise<Keypair> {
  const { privateKey } =
    kind.algorithm === "rsa-sha256"
      ? await generateKeyPair("rsa", { modulusLength: kind.bits, publicExponent: 0x10001 })
      : await generateKeyPair("ed25519");
  const keypair = keypairOf(privateKey);
  if (keypair === undefined || !(await selfTest(keypair))) throw new Error("a new key pair fails its own test");
  return keypair;
}

/** Derives the public half of a private key. Undefined when it is no RSA or Ed25519 key. */
export function keypairOf(privateKey: KeyObject): Keypair | undefined {
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const spkiSha256 = createHash("sha256").update(spki).digest("hex");
  const type = privateKey.asymmetricKeyType;
  if (type === "rsa") {
    const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
    return { algorithm: "rsa-sha256", bits, privateKey, publicKey: spki.toString("base64"), spkiSha256 };
  }
  if (type === "ed25519") {
    const octets = spki.subarray(-ED25519_OCTETS); // RFC 8410 §4: they end the SubjectPublicKeyInfo
    return { algorithm: "ed25519-sha256", bits: 256, privateKey, publicKey: octets.toString("base64"), spkiSha256 };
  }
  return undefined;
}

/** Whether what the private half signs verifies under the public half as it will be published (I-8). */
export async function selfTest({ algorithm, privateKey, publicKey }: Keypair): Promise<boolean> {
  const message = randomBytes(32);
  const digest = algorithm === "rsa-sha256" ? "sha256" : null;
  const signature = await sign(digest, message, privateKey);
  return verify(digest, message, publishedKey(algorithm, publicKey), signature);
}

function publishedKey(algorithm: Keypair["algorithm"], publicKey: string): KeyObject {
  const octets = Buffer.from(publicKey, "base64");
  if (algorithm === "rsa-sha256") return createPublicKey({ key: octets, format: "der", type: "spki" });
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: octets.toString("base64url") }, format: "jwk" });
}
