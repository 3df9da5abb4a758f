import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { keyFileOctetsMax } from "../../../engine/keystore/read-key-file.ts";
import { privateKeyOf } from "./key-file.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-key-file-"));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

test("a key is read from its file, and what never ends is not read to its end", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  expect((await privateKeyOf(fileOf("key.pem", pem), undefined)).open()).toBe(pem);
  await expect(privateKeyOf(fileOf("long.pem", pem + " ".repeat(keyFileOctetsMax)), undefined)).rejects.toThrow(
    /is over/,
  );
  await expect(privateKeyOf("/dev/zero", undefined)).rejects.toThrow(/is over/);
  await expect(privateKeyOf(join(folder, "none.pem"), undefined)).rejects.toThrow(/--key .*no such file/);
  await expect(privateKeyOf(folder, undefined)).rejects.toThrow(/--key .*directory/);
});
