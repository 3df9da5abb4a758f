import { createPrivateKey, type KeyObject } from "node:crypto";
import type { Kek } from "./kek.ts";
import { type Keypair, keypairOf, selfTest } from "./keypair.ts";
import { openSealed, type Refused, seal } from "./sealed.ts";

/** What a sealed key belongs to. It opens for exactly this and nothing else: a row copied to another tenant, domain or key is worthless. */
export type Belonging = {
  tenantId: string;
  domainId: string;
  keyId: string;
  version: number;
  algorithm: Keypair["algorithm"];
};

export type OpenedKey =
  | { result: "opened"; keypair: Keypair }
  | {
      result: "refused";
      /** The reasons of `Refused`, and other-public-half: not the key on record. */
      reason: Refused["reason"] | "other-public-half";
      detail: string;
    };

/** Seals a private key under a data key of its own, which the KEK wraps. The answer is JSON to be stored. */
export const sealKey = (kek: Kek, belonging: Belonging, privateKey: KeyObject): Promise<string> =>
  seal(kek, whose(belonging), privateKey.export({ format: "der", type: "pkcs8" }));

/**
 * Opens a sealed key and proves it: it is authentic for what it belongs to, its public half is the one on record, and it signs what that
 * verifies (I-8, R-2). The private half leaves as a `KeyObject` only.
 */
export async function openKey(kek: Kek, belonging: Belonging, sealed: string, spkiSha256: string): Promise<OpenedKey> {
  const { keyId } = belonging;
  const opened = await openSealed(kek, whose(belonging), sealed, keyId);
  if (opened.result === "refused") return opened;
  const keypair = keypairOf(createPrivateKey({ key: opened.octets, format: "der", type: "pkcs8" }));
  opened.octets.fill(0);
  if (keypair?.spkiSha256 !== spkiSha256 || keypair.algorithm !== belonging.algorithm || !(await selfTest(keypair))) {
    const detail = `${keyId} does not hold the private half of the key on record`;
    return { result: "refused", reason: "other-public-half", detail };
  }
  return { result: "opened", keypair };
}

const whose = ({ tenantId, domainId, keyId, version, algorithm }: Belonging): (string | number)[] => [
  tenantId,
  domainId,
  keyId,
  version,
  algorithm,
];
