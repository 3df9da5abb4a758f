import { randomBytes } from "node:crypto";
import { decrypt, encrypt } from "./aes-gcm.ts";
import type { Kek } from "./kek.ts";

const DATA_KEY_OCTETS = 32;

/** Version 1: `wrapped` is the data key under the KEK, `sealed` the octets under the data key; both AES-256-GCM, base64. */
type Envelope = { v: 1; kek: string; wrapped: string; sealed: string };

export type Refused = {
  result: "refused";
  /** other-kek: sealed by another KEK. not-authentic: damaged, or not this row's (a security event). */
  reason: "malformed" | "other-kek" | "not-authentic";
  detail: string;
};

/** Whose it is: everything that must be the same when it is opened. */
type Whose = readonly (string | number)[];

/** Seals octets under a data key of their own, which the KEK wraps, and clears them. The answer is JSON to be stored. */
export async function seal(kek: Kek, whose: Whose, octets: Buffer): Promise<string> {
  const dataKey = randomBytes(DATA_KEY_OCTETS);
  try {
    const wrapped = Buffer.from(await kek.wrap(dataKey, additionalData("data key", whose)));
    const sealed = encrypt(dataKey, octets, additionalData("private key", whose));
    const envelope: Envelope = {
      v: 1,
      kek: kek.id,
      wrapped: wrapped.toString("base64"),
      sealed: sealed.toString("base64"),
    };
    return JSON.stringify(envelope);
  } finally {
    dataKey.fill(0);
    octets.fill(0);
  }
}

/** The octets that were sealed, for the caller to clear. `name` says which key it is about, for people. */
export async function openSealed(
  kek: Kek,
  whose: Whose,
  sealed: string,
  name: string,
): Promise<{ result: "opened"; octets: Buffer } | Refused> {
  const envelope = readEnvelope(sealed);
  if (envelope === undefined) return refused("malformed", `${name} is not an envelope of version 1`);
  if (envelope.kek !== kek.id)
    return refused("other-kek", `${name} was sealed by KEK ${envelope.kek}, and this is KEK ${kek.id}`);
  const dataKey = await kek.unwrap(Buffer.from(envelope.wrapped, "base64"), additionalData("data key", whose));
  const octets =
    dataKey && decrypt(dataKey, Buffer.from(envelope.sealed, "base64"), additionalData("private key", whose));
  dataKey?.fill(0);
  return octets === undefined
    ? refused("not-authentic", `${name} is damaged, or was sealed for another key`)
    : { result: "opened", octets };
}

/** A JSON array tells its elements apart whatever they contain. The purpose keeps the two layers of the envelope from being exchanged. */
const additionalData = (purpose: "data key" | "private key", whose: Whose): Buffer =>
  Buffer.from(JSON.stringify(["chancery v1", purpose, ...whose]));

function readEnvelope(text: string): Envelope | undefined {
  try {
    const { v, kek, wrapped, sealed } = JSON.parse(text) as Partial<Envelope>;
    if (v !== 1 || typeof kek !== "string" || !isBase64(wrapped) || !isBase64(sealed)) return undefined;
    return { v, kek, wrapped, sealed };
  } catch {
    return undefined;
  }
}

/** Only the one spelling of the octets that `seal` writes: an altered envelope never opens, even where the alteration means nothing. */
function isBase64(text: unknown): text is string {
  return typeof text === "string" && Buffer.from(text, "base64").toString("base64") === text;
}

const refused = (reason: Refused["reason"], detail: string): Refused => ({ result: "refused", reason, detail });
