import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { type Kek, KekUnusable } from "./kek.ts";
import { openSealed, seal } from "./sealed.ts";

const whose = ["rolls checkpoints"];

/** Makes the key that signs the checkpoints of the rolls (Ed25519), sealed. */
export function makeRollsKey(kek: Kek): Promise<string> {
  const { privateKey } = generateKeyPairSync("ed25519");
  return seal(kek, whose, privateKey.export({ format: "der", type: "pkcs8" }));
}

/** Opens it. Throws `KekUnusable` when it was sealed by another KEK or is damaged. */
export async function openRollsKey(kek: Kek, sealed: string): Promise<KeyObject> {
  const opened = await openSealed(kek, whose, sealed, "the key of the rolls");
  if (opened.result === "refused") throw new KekUnusable(opened.detail);
  const key = createPrivateKey({ key: opened.octets, format: "der", type: "pkcs8" });
  opened.octets.fill(0);
  return key;
}
