import { checkPrimeSync, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { expect, test } from "vitest";
import { faultOf, importKey } from "./import-key.ts";
import { Secret } from "./secret.ts";

const pem = (key: KeyObject, type: "pkcs8" | "pkcs1" = "pkcs8"): string =>
  key.export({ format: "pem", type } as { format: "pem"; type: "pkcs8" }) as string;
const rsa = (modulusLength: number, publicExponent = 0x10001): KeyObject =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent }).privateKey;

/** An RSA key from two primes, which is how the bad ones are made. */
function rsaOf(p: bigint, q: bigint, e: bigint): KeyObject {
  const d = inverse(e, (p - 1n) * (q - 1n));
  const text = (number: bigint): string => {
    const hex = number.toString(16);
    return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").toString("base64url");
  };
  const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const jwk = Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, text(number)]));
  return createPrivateKey({ key: { kty: "RSA", ...jwk }, format: "jwk" });
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1, s0, s1] = [modulus, value % modulus, 0n, 1n];
  while (r1 !== 0n) [r0, r1, s0, s1] = [r1, r0 % r1, s1, s0 - (r0 / r1) * s1];
  return ((s0 % modulus) + modulus) % modulus;
}

const rfc8463Key = createPrivateKey({
  format: "jwk",
  key: {
    kty: "OKP",
    crv: "Ed25519",
    d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  },
});

const good: [string, () => string, { algorithm: string; bits: number }][] = [
  ["RSA in PKCS #8", () => pem(rsa(2048)), { algorithm: "rsa-sha256", bits: 2048 }],
  ["RSA in PKCS #1", () => pem(rsa(1024), "pkcs1"), { algorithm: "rsa-sha256", bits: 1024 }],
  ["Ed25519", () => pem(generateKeyPairSync("ed25519").privateKey), { algorithm: "ed25519-sha256", bits: 256 }],
];
for (const [name, text, kind] of good) {
  test(`imports ${name}`, async () => {
    expect(await importKey(new Secret(text()), { small: true })).toMatchObject({ result: "imported", keypair: kind });
  });
}

const bad: [string, () => string, string][] = [
  ["text that is no key", () => "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not-a-private-key"],
  [
    "a public key",
    () => generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" }) as string,
    "not-a-private-key",
  ],
  [
    "an encrypted key",
    () => rsa(1024).export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" }) as string,
    "not-a-private-key",
  ],
  [
    "an elliptic curve DKIM does not have",
    () => pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey),
    "unsupported-algorithm",
  ],
  ["DKIM-S-06 RSA under 1024 bits", () => pem(rsa(768)), "too-small"],
  ["DKIM-K-19 RSA with exponent 3", () => pem(rsa(1024, 3)), "weak-exponent"],
  ["the key of RFC 8463", () => pem(rfc8463Key), "published"],
];
for (const [name, text, reason] of bad) {
  test(`refuses ${name}`, async () => {
    expect(await importKey(new Secret(text()), { small: true })).toEqual({ result: "refused", reason });
  }, 30_000);
}

/** A public key of any size and exponent: nobody has to know its primes. */
const publicRsa = (bits: number, exponent: bigint): KeyObject =>
  createPublicKey({
    format: "jwk",
    key: {
      kty: "RSA",
      n: Buffer.from(((1n << BigInt(bits - 1)) + 12_345n).toString(16).padStart(bits / 4, "0"), "hex").toString(
        "base64url",
      ),
      e: Buffer.from(exponent.toString(16).padStart(10, "0"), "hex").toString("base64url"),
    },
  });

test.each<[string, number, bigint, string | undefined]>([
  ["RSA over 8192 bits", 8200, 65_537n, "too-large"],
  ["an even exponent", 2048, 65_538n, "weak-exponent"],
  ["an exponent of 33 bits", 2048, 2n ** 32n + 1n, "weak-exponent"],
  ["RSA of 1024 bits unless it is asked for", 1024, 65_537n, "small"],
])("of public halves refuses %s", (_, bits, exponent, fault) => {
  expect(faultOf(publicRsa(bits, exponent))).toBe(fault);
});

test("refuses RSA whose primes are close to each other", async () => {
  const { p, q } = neighbouringPrimes();
  expect(await importKey(new Secret(pem(rsaOf(p, q, 65_537n))), { small: true })).toEqual({
    result: "refused",
    reason: "close-primes",
  });
});

/** A prime of 512 bits and the next one above it. */
function neighbouringPrimes(): { p: bigint; q: bigint } {
  const next = (from: bigint): bigint => {
    for (let candidate = from | 1n; ; candidate += 2n)
      if (checkPrimeSync(candidate) && (candidate - 1n) % 65_537n !== 0n) return candidate;
  };
  const p = next((1n << 511n) + (1n << 510n) + 12_345n);
  return { p, q: next(p + 2n) };
}
