import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type Belonging, openKey, sealKey } from "./envelope.ts";
import { generateKeypair, type Keypair } from "./keypair.ts";
import { kekOf } from "./kek.ts";

const belonging: Belonging = {
  tenantId: "ten_1",
  domainId: "dom_1",
  keyId: "key_1",
  version: 1,
  algorithm: "ed25519-sha256",
};

// Every way in which a row can be moved to a place that is not its own (safety.md threats 1 and 2).
const elsewhere: [string, Partial<Belonging>][] = [
  ["another tenant", { tenantId: "ten_2" }],
  ["another domain", { domainId: "dom_2" }],
  ["another key id", { keyId: "key_2" }],
  ["another version", { version: 2 }],
  ["another algorithm", { algorithm: "rsa-sha256" }],
  ["the same text cut elsewhere", { tenantId: "ten_1dom", domainId: "_1" }],
  ["text that imitates the encoding", { tenantId: 'ten_1","dom_1', domainId: "" }],
];

const kek = kekOf(randomBytes(32));
let keypair: Keypair;
let sealed: string;

beforeAll(async () => {
  keypair = await generateKeypair({ algorithm: "ed25519-sha256" });
  sealed = await sealKey(kek, belonging, keypair.privateKey);
});

test("a sealed key opens where it belongs, and is the same key", async () => {
  const opened = await openKey(kek, belonging, sealed, keypair.spkiSha256);
  if (opened.result !== "opened") throw new Error(opened.detail);
  expect(opened.keypair.privateKey.equals(keypair.privateKey)).toBe(true);
  expect(opened.keypair.publicKey).toBe(keypair.publicKey);
});

for (const [place, change] of elsewhere) {
  test(`a row moved to ${place} does not open`, async () => {
    const opened = await openKey(kek, { ...belonging, ...change }, sealed, keypair.spkiSha256);
    expect(opened).toMatchObject({ result: "refused", reason: "not-authentic" });
  });
}

test("an envelope with any one character altered does not open", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 0, max: 126 }), async (at, code) => {
      fc.pre(sealed.charCodeAt(at) !== code);
      const altered = sealed.slice(0, at) + String.fromCharCode(code) + sealed.slice(at + 1);
      const opened = await openKey(kek, belonging, altered, keypair.spkiSha256);
      expect(opened.result).toBe("refused");
    }),
    { numRuns: 1000 },
  );
});

test("any permutation of the halves of two envelopes opens neither", async () => {
  const other = { ...belonging, keyId: "key_2" };
  const parts = JSON.parse(sealed) as Record<string, string>;
  const foreign = JSON.parse(await sealKey(kek, other, keypair.privateKey)) as Record<string, string>;
  for (const mixed of [
    { ...parts, wrapped: foreign["wrapped"] },
    { ...parts, sealed: foreign["sealed"] },
    { ...parts, sealed: parts["wrapped"], wrapped: parts["sealed"] },
  ]) {
    const opened = await openKey(kek, belonging, JSON.stringify(mixed), keypair.spkiSha256);
    expect(opened).toMatchObject({ result: "refused", reason: "not-authentic" });
  }
});

test("another KEK is named, and so is the right one", async () => {
  const other = kekOf(randomBytes(32));
  const opened = await openKey(other, belonging, sealed, keypair.spkiSha256);
  expect(opened).toMatchObject({ result: "refused", reason: "other-kek" });
  expect(opened.result === "refused" && opened.detail).toContain(kek.id);
  expect(opened.result === "refused" && opened.detail).toContain(other.id);
});

test("a private half whose public half is not the one on record is refused", async () => {
  const stranger = await generateKeypair({ algorithm: "ed25519-sha256" });
  const opened = await openKey(kek, belonging, sealed, stranger.spkiSha256);
  expect(opened).toMatchObject({ result: "refused", reason: "other-public-half" });
});

test("what is stored and what is printed hold no private key", async () => {
  const rsa = await generateKeypair({ algorithm: "rsa-sha256", bits: 2048 });
  const stored = await sealKey(kek, { ...belonging, algorithm: "rsa-sha256" }, rsa.privateKey);
  const octets = Buffer.concat(
    Object.values(JSON.parse(stored) as Record<string, unknown>).map((part) => Buffer.from(String(part), "base64")),
  );
  const der = rsa.privateKey.export({ format: "der", type: "pkcs8" });
  // Any 16 octets of the key, in any of the forms in which they could be found.
  const pieces = Array.from({ length: Math.floor(der.length / 16) }, (_, at) => der.subarray(at * 16, at * 16 + 16));
  const printed = [stored, inspect(rsa, { depth: 9, showHidden: true }), JSON.stringify(rsa)].join("\n");
  // RSA's public numbers are part of its private key: they may be seen.
  const secrets = pieces.filter((piece) => !Buffer.from(rsa.publicKey, "base64").includes(piece.subarray(4, 12)));
  expect(secrets.length).toBeGreaterThan(40);
  for (const piece of secrets) {
    expect(octets.includes(piece)).toBe(false);
    expect(printed).not.toContain(piece.toString("hex"));
    expect(printed).not.toContain(piece.subarray(0, 15).toString("base64"));
  }
  expect(stored).not.toMatch(/PRIVATE KEY|"MII|"MC4/);
});
