import { createSecretKey, type KeyObject } from "node:crypto";
import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { parseName } from "../name/name.ts";

/** What we sign with and accept (RFC 8945 §6). MD5 and SHA-1 are left out: nobody needs them any more. */
export const tsigAlgorithms = ["hmac-sha256", "hmac-sha384", "hmac-sha512"] as const;
export type TsigAlgorithm = (typeof tsigAlgorithms)[number];

/** A secret that two servers share, under a name both know it by. Printing or serialising one does not show the secret. */
export type TsigKey = {
  /** Canonical, so lower-case: names of keys are compared as domain names. */
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: KeyObject;
};

/** A secret shorter than this can be guessed; RFC 8945 §8 asks for the length of the hash, which new keys have. */
export const tsigSecretOctetsMin = 16;

/** Octets of the MAC. */
export const macOctets: Record<TsigAlgorithm, number> = { "hmac-sha256": 32, "hmac-sha384": 48, "hmac-sha512": 64 };
/** As `createHmac` calls it. */
export const hashName: Record<TsigAlgorithm, string> = {
  "hmac-sha256": "sha256",
  "hmac-sha384": "sha384",
  "hmac-sha512": "sha512",
};

export const isTsigAlgorithm = (name: string): name is TsigAlgorithm =>
  (tsigAlgorithms as readonly string[]).includes(name);

/** A key as configuration has it, the secret in base64. No problem quotes the secret; the offset is 0. */
export function tsigKeyFromText(text: { name: string; algorithm: string; secret: string }): Parsed<TsigKey> {
  const name = parseName(text.name);
  if (!name.ok) return unparsed(`the key's name: ${name.problem}`, 0);
  if (name.value === ".") return unparsed("the key's name is empty", 0);
  const algorithm = text.algorithm.toLowerCase();
  if (!isTsigAlgorithm(algorithm)) return unparsed(`the algorithm is not one of ${tsigAlgorithms.join(", ")}`, 0);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.secret))
    return unparsed("the secret is not base64", 0);
  const secret = Buffer.from(text.secret, "base64");
  if (secret.length < tsigSecretOctetsMin)
    return unparsed(`the secret has fewer than ${tsigSecretOctetsMin} octets`, 0);
  return parsed({ name: name.value, algorithm, secret: createSecretKey(secret) });
}
