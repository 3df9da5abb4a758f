import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { Seconds } from "../seconds.ts";
import { canonicalJson, readCanonical } from "./canonical.ts";

/** Where a chain stood when it was exported, and what no entry says yet: how far the keys have been used. */
export type Checkpoint = {
  v: 1;
  claim: string;
  domain: string;
  at: Seconds;
  /** The number of the last entry, and the SHA-256 of its line. */
  seq: number;
  head: string;
  uses: readonly { key: string; signatures: number; firstAt: Seconds; lastAt: Seconds }[];
};

/** The last line of an export: the checkpoint, signed with the key of the Chancery that made it (Ed25519). */
export type SignedCheckpoint = { checkpoint: Checkpoint; publicKey: string; signature: string };

const signedOctets = (checkpoint: Checkpoint): Buffer =>
  Buffer.from(`chancery rolls checkpoint\n${canonicalJson(checkpoint)}`);

export function checkpointLine(checkpoint: Checkpoint, privateKey: KeyObject): string {
  const publicKey = encodedKey(createPublicKey(privateKey));
  const signature = sign(null, signedOctets(checkpoint), privateKey).toString("base64");
  const line = canonicalJson({ checkpoint, publicKey, signature });
  if (line === undefined) throw new Error("a checkpoint is not nested deeply");
  return line;
}

const encodedKey = (publicKey: KeyObject): string =>
  publicKey.export({ format: "der", type: "spki" }).toString("base64");

/** Reads the last line of an export. Undefined: it is none, or not in its one spelling. */
export function readCheckpoint(line: string): SignedCheckpoint | undefined {
  const value = readCanonical(line) as Partial<SignedCheckpoint> | undefined | null;
  if (typeof value !== "object" || value === null) return undefined;
  const { checkpoint, publicKey, signature, ...others } = value;
  if (Object.keys(others).length > 0) return undefined; // nothing signs what would stand beside them
  if (typeof checkpoint !== "object" || checkpoint === null || !isBase64(publicKey) || !isBase64(signature))
    return undefined;
  const { v, claim, domain, at, seq, head, uses } = checkpoint as Partial<Checkpoint>;
  const texts = [claim, domain, head].every((text) => typeof text === "string");
  const sound = v === 1 && texts && Number.isSafeInteger(at) && Number.isSafeInteger(seq) && Array.isArray(uses);
  return sound ? (value as SignedCheckpoint) : undefined;
}

export function isSignedBy({ checkpoint, publicKey, signature }: SignedCheckpoint): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
    if (key.asymmetricKeyType !== "ed25519") return false;
    if (encodedKey(key) !== publicKey) return false; // OpenSSL reads past what it does not know, such as octets behind the key
    return verify(null, signedOctets(checkpoint), key, Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}

/** Which Chancery signed: SHA-256 of its public key, hexadecimal. */
export const signerOf = ({ publicKey }: SignedCheckpoint): string =>
  createHash("sha256").update(Buffer.from(publicKey, "base64")).digest("hex");

/** Only the one spelling of the octets, so that every change of the text shows. */
const isBase64 = (text: unknown): text is string =>
  typeof text === "string" && Buffer.from(text, "base64").toString("base64") === text;
