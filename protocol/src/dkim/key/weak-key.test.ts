import { checkPrimeSync, createPublicKey, generateKeyPairSync, generatePrimeSync, type KeyObject } from "node:crypto";
import { expect, test } from "vitest";
import { ed25519PrivateKey, rsaPrivateKey } from "../../../vectors/dkim/example.ts";
import { fingerprintOf, numberOf, rsaNumbers, rsaWeakness, weaknessOf, type Weakness } from "./weak-key.ts";

const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true });
const nextPrime = (from: bigint): bigint => {
  let candidate = from | 1n;
  while (!checkPrimeSync(candidate)) candidate += 2n;
  return candidate;
};

/** A prime as the chips of CVE-2017-15361 made it: a power of 65537 modulo the first 39 primes at once. */
function rocaPrime(bits: number): bigint {
  const small = Array.from({ length: 166 }, (_, n) => BigInt(n + 2)).filter((number) => checkPrimeSync(number));
  const primorial = small.reduce((product, factor) => product * factor);
  let power = 1n;
  for (;;) {
    power = (power * 65_537n) % primorial;
    const start = (1n << BigInt(bits - 1)) / primorial;
    for (let k = start; k < start + 200n; k++) if (checkPrimeSync(k * primorial + power)) return k * primorial + power;
  }
}

const sound = prime(512) * prime(512);
const close = ((): bigint => {
  const p = prime(512);
  return p * nextPrime(p + 2n);
})();
/** Further apart than any round of Fermat's reaches. */
const apart = ((): bigint => {
  const p = prime(512);
  return p * nextPrime(p + (1n << 300n));
})();

test.each<[title: string, modulus: bigint, exponent: bigint, Weakness | undefined]>([
  ["two random primes", sound, 65_537n, undefined],
  ["DKIM-K-19 exponent 3", sound, 3n, undefined],
  ["DKIM-K-19 exponent 1", sound, 1n, "exponent-one"],
  ["DKIM-K-19 exponent 65536", sound, 65_536n, "even-exponent"],
  ["an even modulus", sound * 2n, 65_537n, "small-factor"],
  ["a factor of 3", 3n * prime(1022), 65_537n, "small-factor"],
  ["a factor of 65521, the largest prime of 16 bits", 65_521n * prime(1008), 65_537n, "small-factor"],
  ["primes side by side", close, 65_537n, "close-primes"],
  ["a square", prime(512) ** 2n, 65_537n, "close-primes"],
  ["primes 300 bits apart", apart, 65_537n, undefined],
  ["both primes of a ROCA chip", rocaPrime(512) * rocaPrime(512), 65_537n, "roca"],
  ["one of them of a ROCA chip", rocaPrime(512) * prime(512), 65_537n, undefined],
  ["16384 bits are examined", 3n << 16_382n, 65_537n, "small-factor"],
  ["more are not", 3n << 16_384n, 65_537n, undefined],
])("%s", (_title, modulus, exponent, expected) => {
  expect(rsaWeakness({ modulus, exponent })).toBe(expected);
});

test("keys whose private half is printed in an RFC are known", () => {
  for (const key of [rsaPrivateKey, ed25519PrivateKey]) expect(weaknessOf(createPublicKey(key))).toBe("published");
});

test.each<[string, () => KeyObject]>([
  ["RSA", () => generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey],
  ["Ed25519", () => generateKeyPairSync("ed25519").publicKey],
])("a fresh %s key is not weak", (_title, make) => {
  const key = make();
  expect(weaknessOf(key)).toBeUndefined();
  expect(fingerprintOf(key)).toMatch(/^[0-9a-f]{64}$/);
});

test("the numbers of a private key are those of its public half", () => {
  expect(rsaNumbers(rsaPrivateKey)).toEqual(rsaNumbers(createPublicKey(rsaPrivateKey)));
  expect(rsaNumbers(rsaPrivateKey).exponent).toBe(65_537n);
  expect(numberOf(Uint8Array.of(1, 0))).toBe(256n);
  expect(numberOf(new Uint8Array())).toBe(0n);
});
