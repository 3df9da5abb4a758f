import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { fingerprintOf, formatKeyRecord } from "chancery/dkim";

/** A key of the lab: made when the tests start, and gone with them. */
export type LabKey = { privateKey: KeyObject; fingerprint: string; record: string; txt: string };

/** A text as the strings of a TXT record in a zone file. */
export const quoted = (text: string): string =>
  (text.match(/.{1,250}/g) ?? [""]).map((part) => `"${part.replaceAll('"', String.raw`\"`)}"`).join(" ");

const rsa = (bits: number): LabKey => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  const record = formatKeyRecord(publicKey);
  return { privateKey, fingerprint: fingerprintOf(publicKey), record, txt: `TXT ${quoted(record)}` };
};

/** Sound keys, all different. */
export const [first, second] = [rsa(2048), rsa(2048)] as const;
/** Those of the lab's providers. */
export const [ofProvider, another] = [rsa(2048), rsa(2048)] as const;
export const bits1024 = rsa(1024);
export const bits512 = rsa(512);
