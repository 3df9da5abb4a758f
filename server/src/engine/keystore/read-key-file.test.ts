import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { formatKeyRecord, publicKeyText } from "chancery/dkim";
import { describe, expect, test } from "vitest";
import { readKeyFile } from "./read-key-file.ts";
import { Secret } from "./secret.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const ed25519 = generateKeyPairSync("ed25519").privateKey;
const seed = ed25519.export({ format: "der", type: "pkcs8" }).subarray(-32);
const half = createPublicKey(ed25519).export({ format: "der", type: "spki" }).subarray(-32);
const passphrase = "correct horse";
const locked = { cipher: "aes-256-cbc", passphrase } as const;
const text = (key: string | Buffer): Buffer => Buffer.from(key);
const armourless = (pem: string): string => pem.replaceAll(/-----.*-----|\n/g, "");
const pem = (key: KeyObject, type: "pkcs8" | "pkcs1" = "pkcs8"): string =>
  key.export({ format: "pem", type } as { format: "pem"; type: "pkcs8" }) as string;
const spki = (key: KeyObject): string => createPublicKey(key).export({ format: "pem", type: "spki" }) as string;
const certificate = `-----BEGIN CERTIFICATE-----\n${"A".repeat(60)}\n-----END CERTIFICATE-----\n`;

describe("private keys", () => {
  test.each<[string, KeyObject, Buffer]>([
    ["PKCS #8", rsa, text(pem(rsa))],
    ["PKCS #1", rsa, text(pem(rsa, "pkcs1"))],
    ["PKCS #8 with CRLF and text in front", rsa, text(`Bag Attributes\r\n${pem(rsa).replaceAll("\n", "\r\n")}`)],
    ["encrypted PKCS #8", rsa, text(rsa.export({ format: "pem", type: "pkcs8", ...locked }))],
    ["encrypted PKCS #1 (Proc-Type)", rsa, text(rsa.export({ format: "pem", type: "pkcs1", ...locked }))],
    ["DER, PKCS #8", rsa, rsa.export({ format: "der", type: "pkcs8" })],
    ["DER, PKCS #1", rsa, rsa.export({ format: "der", type: "pkcs1" })],
    ["DER, encrypted PKCS #8", rsa, rsa.export({ format: "der", type: "pkcs8", ...locked })],
    ["base64 without armour", rsa, text(armourless(pem(rsa)))],
    ["Ed25519 in PKCS #8", ed25519, text(pem(ed25519))],
    ["an Ed25519 seed", ed25519, text(`${seed.toString("base64")}\n`)],
    ["an Ed25519 seed with its public half", ed25519, text(Buffer.concat([seed, half]).toString("base64"))],
  ])("%s", (_, key, octets) => {
    const file = readKeyFile(octets, "private", new Secret(passphrase));
    expect(file.holds === "private" && file.privateKey.equals(key)).toBe(true);
  });
});

describe("public keys", () => {
  const record = formatKeyRecord(createPublicKey(rsa));
  const [front, back] = [record.slice(0, 250), record.slice(250)];
  test.each<[string, KeyObject, Buffer]>([
    ["PEM", rsa, text(spki(rsa))],
    ["PKCS #1", rsa, text(createPublicKey(rsa).export({ format: "pem", type: "pkcs1" }))],
    ["DER", rsa, createPublicKey(rsa).export({ format: "der", type: "spki" })],
    ["base64 without armour", rsa, text(armourless(spki(rsa)))],
    ["a key record", rsa, text(record)],
    ["a key record in quotes", rsa, text(`"${front}" "${back}"`)],
    [
      "a line of a zone file",
      rsa,
      text(`mail._domainkey\tIN\tTXT\t( "${front}"\n\t  "${back}" )  ; ----- DKIM key mail\n`),
    ],
    ["32 octets of Ed25519", ed25519, text(publicKeyText(createPublicKey(ed25519)))],
  ])("%s", (_, key, octets) => {
    const file = readKeyFile(octets, "public");
    expect(file.holds === "public" && file.publicKey.equals(createPublicKey(key))).toBe(true);
  });
});

describe("what is refused, without a word of what it holds", () => {
  const encrypted = text(rsa.export({ format: "pem", type: "pkcs8", ...locked }));
  test.each<[string, Buffer, RegExp, string?]>([
    ["several keys", text(pem(rsa) + pem(ed25519)), /^it holds 2 keys/],
    ["a certificate", text(certificate), /a certificate/],
    ["a key with its certificate", text(pem(rsa) + certificate), /2 keys or certificates/],
    ["a key of OpenSSH", text("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"), /OpenSSH/],
    ["an encrypted key without a passphrase", encrypted, /--passphrase-file/],
    ["an encrypted key with another passphrase", encrypted, /^its passphrase does not open it$/, "wrong"],
    ["an encrypted DER key without one", rsa.export({ format: "der", type: "pkcs8", ...locked }), /--passphrase-file/],
    ["a key cut short", text(pem(rsa).slice(0, 400)), /cut short/],
    ["halves of two Ed25519 keys", text(Buffer.concat([seed, seed]).toString("base64")), /do not belong together/],
    ["nothing known", text("hello"), /no key|cut short/],
    ["an endless file", Buffer.alloc(70_000, 65), /octets long/],
  ])("%s", (_, octets, problem, secret) => {
    const file = readKeyFile(octets, "private", secret === undefined ? undefined : new Secret(secret));
    expect(file).toEqual({ holds: "nothing", problem: expect.stringMatching(problem) });
    const lines = octets
      .toString("latin1")
      .split("\n")
      .filter((line) => line.length > 20 && !line.startsWith("-----"));
    for (const line of lines) expect(JSON.stringify(file)).not.toContain(line.slice(0, 20));
  });
});
