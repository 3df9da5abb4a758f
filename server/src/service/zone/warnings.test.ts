import { generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { TYPE, txtData } from "chancery/dns";
import { expect, test } from "vitest";
import { zoneWarnings } from "./warnings.ts";

const txt = (name: string, text: string) => ({ name, type: TYPE.TXT, ttl: 300, data: txtData(text) });
const rsa = (modulusLength: number): string => formatKeyRecord(generateKeyPairSync("rsa", { modulusLength }).publicKey);
const keyName = "s1._domainkey.esp.example";

test.each([
  ["text that is no key", keyName, "hello", "without p= is no key record"],
  ["a key that is not base64", keyName, "v=DKIM1; k=rsa; p=!!!", "p= is not base64"],
  ["a key that does not decode", keyName, "v=DKIM1; p=abcd", "no verifier reads this key"],
  ["an unknown key type", keyName, "v=DKIM1; k=dsa; p=abcd", "unknown key type dsa"],
  ["pasted quotes", keyName, '"v=DKIM1; p=abcd"', "quotes or backslashes"],
  ["a key under 1024 bits", keyName, rsa(512), "RSA of 512 bits; verifiers accept 1024"],
  ["a key under 2048 bits", keyName, rsa(1024), "RSA of 1024 bits is weak"],
  ["DNS-B-18 a wildcard under _domainkey", "*._domainkey.esp.example", rsa(2048), "answers for every selector"],
  ["a wildcard elsewhere", "*.esp.example", "hello", "*.esp.example: a wildcard answers for every name"],
])("%s is doubtful", (_, name, text, warning) => {
  expect(zoneWarnings([txt(name, text)])).toEqual([expect.stringContaining(warning)]);
});

test("a sound key, a revoked one, and text at other names are not doubtful", () => {
  const records = [txt(keyName, rsa(2048)), txt(`s2.${keyName.slice(3)}`, "v=DKIM1; p="), txt("esp.example", "p")];
  expect(zoneWarnings(records)).toEqual([]);
});

test("two records at a key name are doubtful", () => {
  const key = rsa(2048);
  expect(zoneWarnings([txt(keyName, key), txt(keyName, key)])).toEqual([expect.stringContaining("2 TXT records")]);
});
