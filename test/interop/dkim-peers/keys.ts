import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatKeyRecord } from "chancery/dkim";
import { temporaryDirectory } from "../../rig/peer.ts";
import { selectors, signingDomain, type Selector } from "./peer.ts";

/** The keys of a run, also as files for peers: `SELECTOR.pem`, `ed25519.seed` and `.pair`, and `records`, a line of name and record each. */
export type Keys = {
  privateKeys: Record<Selector, KeyObject>;
  /** Key name → record. */
  records: Record<string, string>;
  directory: string;
  remove(): void;
};

const generate: Record<Selector, () => KeyObject> = {
  rsa1024: () => rsa(1024),
  rsa2048: () => rsa(2048),
  rsa4096: () => rsa(4096),
  ed25519: () => generateKeyPairSync("ed25519").privateKey,
};
const rsa = (modulusLength: number): KeyObject => generateKeyPairSync("rsa", { modulusLength }).privateKey;

export function makeKeys(): Keys {
  const temporary = temporaryDirectory("dkim-keys");
  const directory = temporary.path;
  const privateKeys = Object.fromEntries(selectors.map((name) => [name, generate[name]()])) as Keys["privateKeys"];
  const records: Keys["records"] = {};
  for (const [selector, key] of Object.entries(privateKeys)) {
    records[`${selector}._domainkey.${signingDomain}`] = formatKeyRecord(createPublicKey(key));
    writeFileSync(join(directory, `${selector}.pem`), key.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    if (key.asymmetricKeyType === "rsa")
      writeFileSync(join(directory, `${selector}.pkcs1`), key.export({ type: "pkcs1", format: "pem" }), {
        mode: 0o600,
      });
  }
  const { d, x } = privateKeys.ed25519.export({ format: "jwk" });
  const [seed, point] = [Buffer.from(d!, "base64url"), Buffer.from(x!, "base64url")];
  writeFileSync(join(directory, "ed25519.seed"), seed.toString("base64"), { mode: 0o600 });
  writeFileSync(join(directory, "ed25519.pair"), Buffer.concat([seed, point]).toString("base64"), { mode: 0o600 });
  const lines = Object.entries(records).map((entry) => `${entry.join(" ")}\n`);
  writeFileSync(join(directory, "records"), lines.join(""));
  return { privateKeys, records, directory, remove: () => temporary.remove() };
}
