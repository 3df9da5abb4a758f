import { createPrivateKey, type KeyObject, randomBytes } from "node:crypto";
import { decrypt, encrypt } from "./aes-gcm.ts";
import type { Kek } from "./kek.ts";
import { type Keypair, keypairOf, selfTest } from "./keypair.ts";

const DATA_KEY_OCTETS = 32;

/** What a sealed key belongs to. It opens for exactly this and nothing else: a row copied to another tenant, domain or key is worthless. */
export type Belonging = {
  tenantId: string;
  domainId: string;
  keyId: string;
  version: number;
  algorithm: Keypair["algorithm"];
};

/** Version 1: `wrapped` is the data key under the KEK, `sealed` the PKCS #8 key under the data key; both AES-256-GCM, base64. */
type Envelope = { v: 1; kek: string; wrapped: string; sealed: string };

export type OpenedKey =
  | { result: "opened"; keypair: Keypair }
  | {
      result: "refused";
      /** other-kek: sealed by another KEK. not-authentic: damaged, or not this row's (a security event). other-public-half: not the key on record. */
      reason: "malformed" | "other-kek" | "not-authentic" | "other-public-half";
      detail: string;
    };

/** Seals a private key under a data key of its own, which the KEK wraps. The answer is JSON to be stored. */
export async function sealKey(kek: Kek, belonging: Belonging, privateKey: KeyObject): Promise<string> {
  const dataKey = randomBytes(DATA_KEY_OCTETS);
  const plaintext = privateKey.export({ format: "der", type: "pkcs8" });
  try {
    const wrapped = Buffer.from(await kek.wrap(dataKey, additionalData("data key", belonging)));
    const sealed = encrypt(dataKey, plaintext, additionalData("private key", belonging));
    const envelope: Envelope = {
      v: 1,
      kek: kek.id,
      wrapped: wrapped.toString("base64"),
      sealed: sealed.toString("base64"),
    };
    return JSON.stringify(envelope);
  } finally {
    dataKey.fill(0);
    plaintext.fill(0);
  }
}

/**
 * Opens a sealed key and proves it: it is authentic for what it belongs to, its public half is the one on record, and it signs what that
 * verifies (I-8, R-2). The private half leaves as a `KeyObject` only.
 */
export async function openKey(kek: Kek, belonging: Belonging, sealed: string, spkiSha256: string): Promise<OpenedKey> {
  const envelope = readEnvelope(sealed);
  const { keyId } = belonging;
  if (envelope === undefined) return refused("malformed", `${keyId} is not an envelope of version 1`);
  if (envelope.kek !== kek.id) {
    return refused("other-kek", `${keyId} was sealed by KEK ${envelope.kek}, and this is KEK ${kek.id}`);
  }
  const dataKey = await kek.unwrap(Buffer.from(envelope.wrapped, "base64"), additionalData("data key", belonging));
  const plaintext =
    dataKey && decrypt(dataKey, Buffer.from(envelope.sealed, "base64"), additionalData("private key", belonging));
  dataKey?.fill(0);
  if (plaintext === undefined) return refused("not-authentic", `${keyId} is damaged, or was sealed for another key`);
  const keypair = keypairOf(createPrivateKey({ key: plaintext, format: "der", type: "pkcs8" }));
  plaintext.fill(0);
  if (keypair?.spkiSha256 !== spkiSha256 || keypair.algorithm !== belonging.algorithm || !(await selfTest(keypair))) {
    return refused("other-public-half", `${keyId} does not hold the private half of the key on record`);
  }
  return { result: "opened", keypair };
}

/** A JSON array tells its elements apart whatever they contain. The purpose keeps the two layers of the envelope from being exchanged. */
function additionalData(purpose: "data key" | "private key", belonging: Belonging): Buffer {
  const { tenantId, domainId, keyId, version, algorithm } = belonging;
  return Buffer.from(JSON.stringify(["chancery v1", purpose, tenantId, domainId, keyId, version, algorithm]));
}

function readEnvelope(text: string): Envelope | undefined {
  try {
    const { v, kek, wrapped, sealed } = JSON.parse(text) as Partial<Envelope>;
    if (v !== 1 || typeof kek !== "string" || !isBase64(wrapped) || !isBase64(sealed)) return undefined;
    return { v, kek, wrapped, sealed };
  } catch {
    return undefined;
  }
}

/** Only the one spelling of the octets that `sealKey` writes: an altered envelope never opens, even where the alteration means nothing. */
function isBase64(text: unknown): text is string {
  return typeof text === "string" && Buffer.from(text, "base64").toString("base64") === text;
}

function refused(reason: Extract<OpenedKey, { result: "refused" }>["reason"], detail: string): OpenedKey {
  return { result: "refused", reason, detail };
}
