import { constants, publicDecrypt } from "node:crypto";
import { octetsOf } from "../../mail/octets.ts";
import { signatureVerifies, usableKey } from "../verify/apply-key.ts";
import { lookUpKey, type ResolveTxt } from "../key/key-lookup.ts";
import { keyNameOf } from "../signature/key-name.ts";
import type { PublicKey } from "../key/public-key.ts";
import { sha256 } from "../platform/sha256.ts";
import type { Signature } from "../signature/signature.ts";

/** Says of one header after the other whether it is the signed one, for as long as its budget lasts. */
export type Trial = {
  /**
   * Whether `b=` was made by this key: RSA can tell without the header, because what was signed can be read out of the
   * signature. Ed25519 cannot.
   */
  readonly madeByKey: "yes" | "no" | "unknown";
  /** How many tries are left; 0 when another try can tell nothing. */
  readonly left: number;
  fits(hashInput: string): boolean;
};

/** Octets of header input that may be hashed for one signature, and tries: RSA pays a hash, Ed25519 a whole verification. */
const octetsMax = 40 * 1024 * 1024;
const rsaTriesMax = 20_000;
const ed25519TriesMax = 200;

/** The key of a signature as it is published now, and a trial with it; undefined where there is none that may be used. */
export async function trialWithPublishedKey(
  signature: Signature,
  resolveTxt: ResolveTxt,
): Promise<{ key: PublicKey; trial: Trial } | undefined> {
  const found = await lookUpKey(keyNameOf(signature), resolveTxt);
  const usable = found.ok ? usableKey(found.record, signature) : undefined;
  if (usable?.ok !== true) return undefined;
  return { key: usable.key, trial: trialOf(usable.key, signature.signature) };
}

function trialOf(key: PublicKey, signature: Uint8Array): Trial {
  return key.keyType === "rsa" ? rsaTrial(key, signature) : ed25519Trial(key, signature);
}

/** RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2): the signature is opened once, and each try is compared with the digest inside. */
function rsaTrial(key: PublicKey, signature: Uint8Array): Trial {
  const opened = openSignature(key, signature);
  if (opened === undefined) return { madeByKey: "no", left: 0, fits: () => false };
  const digest = opened.subarray(sha256Prefix.length);
  if (!opened.subarray(0, sha256Prefix.length).equals(sha256Prefix) || digest.length !== 32) {
    // Signed by this key, but with another hash: no header fits.
    return { madeByKey: "yes", left: 0, fits: () => false };
  }
  return budgeted("yes", rsaTriesMax, (input) => sha256(octetsOf(input)).equals(digest));
}

const ed25519Trial = (key: PublicKey, signature: Uint8Array): Trial =>
  budgeted("unknown", ed25519TriesMax, (input) => signatureVerifies(key, input, signature));

function budgeted(madeByKey: Trial["madeByKey"], triesMax: number, test: (input: string) => boolean): Trial {
  let tries = triesMax;
  let octets = octetsMax;
  return {
    madeByKey,
    get left(): number {
      return octets > 0 ? tries : 0;
    },
    fits(hashInput: string): boolean {
      tries--;
      octets -= hashInput.length;
      return test(hashInput);
    },
  };
}

/** DigestInfo of SHA-256 (RFC 8017 §9.2 note 1), without the digest. */
const sha256Prefix = Buffer.from("3031300d060960864801650304020105000420", "hex");

/** What stands behind the padding; undefined when there is no such padding, so another key made the signature. */
function openSignature(key: PublicKey, signature: Uint8Array): Buffer | undefined {
  try {
    return publicDecrypt({ key: key.object, padding: constants.RSA_PKCS1_PADDING }, signature);
  } catch {
    return undefined;
  }
}
