import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { importKey } from "./import-key.ts";
import { knownWeakKeys } from "./known-weak.ts";
import { Secret } from "./secret.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-weak-"));
afterAll(() => rmSync(folder, { recursive: true }));

const key = (bits: number): KeyObject => generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
/** What `openssl rsa -noout -modulus | sha1sum | cut -c 21-40` prints. */
const line = (privateKey: KeyObject): string => {
  const modulus = Buffer.from(privateKey.export({ format: "jwk" })["n"]!, "base64url")
    .toString("hex")
    .toUpperCase();
  return createHash("sha1").update(`Modulus=${modulus}\n`).digest("hex").slice(20);
};
const [listed, other, long] = [key(1024), key(1024), key(2048)];
writeFileSync(join(folder, "blacklist.RSA-1024"), `# a comment\n${"0".repeat(20)}\n${line(listed)}\n${line(long)}\n`);

test.each<[title: string, key: KeyObject, expected: "debian" | undefined]>([
  ["a listed key", listed, "debian"],
  ["another of its length", other, undefined],
  ["a length that has no list", long, undefined],
  ["Ed25519", generateKeyPairSync("ed25519").privateKey, undefined],
])("%s", (_title, privateKey, expected) => {
  const isKnownWeak = knownWeakKeys(folder);
  for (const _time of [1, 2]) expect(isKnownWeak(createPublicKey(privateKey))).toBe(expected);
});

test("without any list no key is known", () => {
  expect(knownWeakKeys(join(folder, "none"))(createPublicKey(listed))).toBeUndefined();
});

test("a listed key is not imported", async () => {
  const pem = new Secret(listed.export({ type: "pkcs8", format: "pem" }) as string);
  expect(await importKey(pem, { small: true, isKnownWeak: knownWeakKeys(folder) })).toEqual({
    result: "refused",
    reason: "debian",
  });
  expect(await importKey(pem, { small: true })).toMatchObject({ result: "imported" });
});
