import { createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { fingerprintOf, lintKeyRecord, parseKeyRecord } from "chancery/dkim";
import { CommandFailed } from "./exit.ts";

/**
 * The key that an option names, as its fingerprint in hexadecimal: a fingerprint (SHA-256 of the SubjectPublicKeyInfo,
 * hexadecimal or base64, `SHA256:` before it or not) or a file with the key. Refuses what is neither, by the option's name.
 */
export function expectedFingerprint(fileOrFingerprint: string, option = "--expect-key"): string {
  return readFingerprint(fileOrFingerprint) ?? fingerprintOf(keyOfFile(fileOrFingerprint, option));
}

function readFingerprint(text: string): string | undefined {
  const bare = text.replace(/^sha-?256[:=]/i, "");
  const hex = bare.replaceAll(":", "");
  if (/^[0-9a-f]{64}$/i.test(hex)) return hex.toLowerCase();
  return /^[A-Za-z0-9+/]{43}=?$/.test(bare) ? Buffer.from(bare, "base64").toString("hex") : undefined;
}

/** PEM of either half, a key record however it was pasted, or the base64 of `p=` alone. */
function keyOfFile(file: string, option: string): KeyObject {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandFailed(
      `${option}: ${(error as Error).message}; a fingerprint has 64 hexadecimal digits or 43 characters of base64`,
    );
  }
  const key = keyOfPem(text) ?? keyOfRecord(text);
  if (key === undefined)
    throw new CommandFailed(`${option} ${file}: neither a key in PEM without a passphrase nor a key record`);
  if (key.asymmetricKeyType !== "rsa" && key.asymmetricKeyType !== "ed25519")
    throw new CommandFailed(`${option} ${file}: a DKIM key is RSA or Ed25519`);
  return key;
}

function keyOfPem(text: string): KeyObject | undefined {
  if (!text.includes("-----BEGIN ")) return undefined;
  try {
    return createPublicKey(text); // of a private key: its public half
  } catch {
    return undefined; // OpenSSL's message may quote the input
  }
}

function keyOfRecord(text: string): KeyObject | undefined {
  const { meant, read } = lintKeyRecord(text);
  const record = parseKeyRecord(meant ?? read?.text ?? "");
  return record.ok && record.value.key.state === "usable" ? record.value.key.publicKey.object : undefined;
}
