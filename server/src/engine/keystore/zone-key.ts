import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { promisify } from "node:util";
import { dnskeyData } from "chancery/dns";
import type { Kek } from "./kek.ts";
import { openSealed, type Refused, seal } from "./sealed.ts";

// On the thread pool, as those of mail.
const generate = promisify(generateKeyPair);

export type ZoneKeyAlgorithm = 13 | 15;

/** A key pair that signs a zone, with what is published of it. Printing one shows no secret. */
export type ZoneKeypair = {
  privateKey: KeyObject;
  /** DNSKEY RDATA. */
  dnskey: Uint8Array;
  spkiSha256: string;
};

/** What a sealed key of a zone belongs to; it opens for exactly this. */
export type ZoneKeyBelonging = { zoneId: string; keyId: string; version: number; algorithm: ZoneKeyAlgorithm };

/** Makes a key pair that has signed and verified once. Flags 257: a DS record may name it (RFC 4034 §2.1.1). */
export async function generateZoneKey(algorithm: ZoneKeyAlgorithm, flags: 256 | 257): Promise<ZoneKeypair> {
  const { privateKey } =
    algorithm === 13 ? await generate("ec", { namedCurve: "prime256v1" }) : await generate("ed25519");
  if (!worksWithItself(privateKey)) throw new Error("a new key pair fails its own test");
  const publicKey = createPublicKey(privateKey);
  return { privateKey, dnskey: dnskeyData(publicKey, flags), spkiSha256: spkiSha256Of(publicKey) };
}

export const sealZoneKey = (kek: Kek, belonging: ZoneKeyBelonging, privateKey: KeyObject): Promise<string> =>
  seal(kek, whose(belonging), privateKey.export({ format: "der", type: "pkcs8" }));

export type OpenedZoneKey =
  | { result: "opened"; privateKey: KeyObject }
  | Refused
  | { result: "refused"; reason: "other-public-half"; detail: string };

/** Opens a sealed key of a zone and proves it, as `openKey` does. */
export async function openZoneKey(
  kek: Kek,
  belonging: ZoneKeyBelonging,
  sealed: string,
  dnskey: Uint8Array,
): Promise<OpenedZoneKey> {
  const { keyId } = belonging;
  const opened = await openSealed(kek, whose(belonging), sealed, keyId);
  if (opened.result === "refused") return opened;
  const privateKey = createPrivateKey({ key: opened.octets, format: "der", type: "pkcs8" });
  opened.octets.fill(0);
  const flags = dnskey[1] === 1 ? 257 : 256;
  const isIt = Buffer.from(dnskeyData(createPublicKey(privateKey), flags)).equals(dnskey);
  if (isIt && worksWithItself(privateKey)) return { result: "opened", privateKey };
  const detail = `${keyId} does not hold the private half of the key on record`;
  return { result: "refused", reason: "other-public-half", detail };
}

const spkiSha256Of = (publicKey: KeyObject): string =>
  createHash("sha256")
    .update(publicKey.export({ format: "der", type: "spki" }))
    .digest("hex");

function worksWithItself(privateKey: KeyObject): boolean {
  const digest = privateKey.asymmetricKeyType === "ec" ? "sha256" : undefined;
  const message = Buffer.from("chancery self-test");
  return verify(digest, message, createPublicKey(privateKey), sign(digest, message, privateKey));
}

const whose = ({ zoneId, keyId, version, algorithm }: ZoneKeyBelonging): (string | number)[] => [
  "zone",
  zoneId,
  keyId,
  version,
  algorithm,
];
