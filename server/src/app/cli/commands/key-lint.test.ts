import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fingerprintOf, formatKeyRecord } from "chancery/dkim";
import { afterAll, expect, test } from "vitest";
import { run } from "../test-run.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-lint-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const file = (content: string): string => {
  const path = join(folder, `${++files}`);
  writeFileSync(path, content);
  return path;
};
const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const record = formatKeyRecord(publicKey);

test.each<[title: string, content: string, status: number, said: string[]]>([
  ["a sound record", record, 0, []],
  ["with a line end behind it", `${record}\n`, 0, []],
  ["KEY-01 t=y", record.replace("k=rsa", "t=y; k=rsa"), 0, ["medium KeyTesting"]],
  ["DKIM-K-21 quotes", `"${record}"`, 1, ["high KeyMalformed"]],
  ["SPF", "v=spf1 -all", 1, ["high NoKeyRecord"]],
  ["revoked", "v=DKIM1; p=", 1, ["low KeyRevoked"]],
  ["an empty file", "", 1, ["high NoKeyRecord"]],
])("%s", async (_title, content, status, said) => {
  const path = file(content);
  const text = await run("key", "lint", path);
  expect(text.status).toBe(status);
  expect(text.out.match(/^\w+ \w+(?=: )/gm) ?? []).toEqual(said);
  const json = await run("key", "lint", path, "--json");
  expect(json.status).toBe(status);
  const { findings, sound } = JSON.parse(json.out) as {
    findings: { severity: string; code: string }[];
    sound: boolean;
  };
  expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(said);
  expect(sound).toBe(status === 0);
});

test("the key is shown with the fingerprint that key generate and trace show", async () => {
  const { out } = await run("key", "lint", file(record));
  expect(out).toBe(`key: rsa 2048 bits, SHA-256 ${fingerprintOf(publicKey)}\na sound key record\n`);
});

test("what was meant is shown", async () => {
  const { out } = await run("key", "lint", file(`“${record.replaceAll(";", "\\;")}”`));
  expect(out).toContain(`what was probably meant:\n  ${record}\n`);
});

test("a key on a list of broken keys is critical", async () => {
  const weakKeys = mkdtempSync(join(folder, "weak-"));
  const modulus = Buffer.from(publicKey.export({ format: "jwk" })["n"]!, "base64url")
    .toString("hex")
    .toUpperCase();
  const listed = createHash("sha1").update(`Modulus=${modulus}\n`).digest("hex").slice(20);
  writeFileSync(join(weakKeys, "blacklist.RSA-2048"), `${listed}\n`);
  const { out, status } = await run("key", "lint", file(record), "--weak-keys", weakKeys);
  expect(out).toContain("critical KeyWeak: the key is broken: it was made on Debian");
  expect(status).toBe(1);
  const dns = file(JSON.stringify({ "s1._domainkey.example.com": { TXT: [record] } }));
  const traced = await run("trace", "s1", "example.com", "--dns", dns, "--weak-keys", weakKeys);
  expect(traced.out).toContain("critical KeyWeak");
  expect(traced.status).toBe(1);
  expect((await run("key", "lint", file(record), "--weak-keys", join(folder, "none"))).status).toBe(2);
});

test("a file that is not there: 2", async () => {
  const { out, errors, status } = await run("key", "lint", join(folder, "none"));
  expect([out, status]).toEqual(["", 2]);
  expect(errors).toContain("ENOENT");
});
