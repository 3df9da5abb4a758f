import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { generateKeypair, keypairOf, type KeyKind, selfTest } from "./keypair.ts";

const kinds: [string, KeyKind, number, number][] = [
  // kind, size, octets of p=
  ["RSA with 2048 bits", { algorithm: "rsa-sha256", bits: 2048 }, 2048, 294],
  ["RSA with 4096 bits", { algorithm: "rsa-sha256", bits: 4096 }, 4096, 550],
  ["Ed25519", { algorithm: "ed25519-sha256" }, 256, 32],
];

for (const [name, kind, bits, octets] of kinds) {
  test(`DKIM-S-06 ${name}: a new pair works, and p= has the form of its algorithm`, async () => {
    const keypair = await generateKeypair(kind);
    expect(keypair).toMatchObject({ algorithm: kind.algorithm, bits });
    expect(Buffer.from(keypair.publicKey, "base64")).toHaveLength(octets);
    expect(keypair.spkiSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await selfTest(keypair)).toBe(true);
  }, 60_000);
}

test("the public half of the key in RFC 8463 appendix A is the one printed there", () => {
  const privateKey = createPrivateKey({
    key: Buffer.concat([
      Buffer.from("302e020100300506032b657004220420", "hex"), // RFC 8410 §7: PKCS #8 around the 32 octets
      Buffer.from("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", "base64"),
    ]),
    format: "der",
    type: "pkcs8",
  });
  expect(keypairOf(privateKey)?.publicKey).toBe("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
});

test("I-8 the self-test fails when the two halves are of different pairs", async () => {
  const one = await generateKeypair({ algorithm: "ed25519-sha256" });
  const other = await generateKeypair({ algorithm: "ed25519-sha256" });
  expect(await selfTest({ ...one, publicKey: other.publicKey })).toBe(false);
});

test("a key that DKIM cannot use gives no pair", () => {
  expect(keypairOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey)).toBeUndefined();
});
