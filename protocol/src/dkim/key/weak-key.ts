import { createHash, type KeyObject } from "node:crypto";

/** The two numbers of an RSA public key (RFC 8017 §3.1). */
export type RsaNumbers = { modulus: bigint; exponent: bigint };

/**
 * Why anybody can find the private half of a key, or needs none. `even-exponent`, `exponent-one`: no signature proves
 * anything. `small-factor`: a prime under 65536 divides the modulus. `close-primes`: Fermat's method finds them.
 * `roca`: made by the chips of CVE-2017-15361. `debian`: made by OpenSSL on Debian between 2006 and 2008 (CVE-2008-0166).
 * `published`: the private half is printed in a standard.
 * `small-order`: an Ed25519 point for which anybody can write a signature.
 */
export type Weakness =
  | "exponent-one"
  | "even-exponent"
  | "small-factor"
  | "close-primes"
  | "roca"
  | "debian"
  | "published"
  | "small-order";

/** Longer moduli are not examined; no verifier takes them. */
const modulusBitsMax = 16384;
const fermatRounds = 100;
const trialFactorMax = 65536;

/** What is known to be broken about an RSA key by its numbers alone; undefined when nothing is. */
export function rsaWeakness({ modulus, exponent }: RsaNumbers): Weakness | undefined {
  if (exponent === 1n) return "exponent-one";
  if (exponent % 2n === 0n) return "even-exponent";
  if (modulus >> BigInt(modulusBitsMax) > 0n) return undefined;
  if (hasSmallFactor(modulus)) return "small-factor";
  if (hasRocaFingerprint(modulus)) return "roca";
  if (hasClosePrimes(modulus)) return "close-primes";
  return undefined;
}

/** The same for a key of any type, and whether its private half is printed in a standard. */
export function weaknessOf(publicKey: KeyObject): Weakness | undefined {
  if (publishedKeys.has(fingerprintOf(publicKey))) return "published";
  return publicKey.asymmetricKeyType === "rsa" ? rsaWeakness(rsaNumbers(publicKey)) : undefined;
}

/** What is printed and compared: SHA-256 of the SubjectPublicKeyInfo in hexadecimal, whatever the form in `p=` is. */
export const fingerprintOf = (publicKey: KeyObject): string =>
  createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");

/** The numbers of an RSA key, public or private. */
export function rsaNumbers(key: KeyObject): RsaNumbers {
  const { n = "", e = "" } = key.export({ format: "jwk" });
  return { modulus: numberOf(Buffer.from(n, "base64url")), exponent: numberOf(Buffer.from(e, "base64url")) };
}

/** Octets as an unsigned number, most significant first. */
export const numberOf = (octets: Uint8Array): bigint => BigInt(`0x0${Buffer.from(octets).toString("hex")}`);

/** RFC 6376 Appendix C, and RFC 8463 Appendix A with both of its keys. */
const publishedKeys: ReadonlySet<string> = new Set([
  "dba3f0cb69f06d70e41abc6ac5812bc3d2639a24b621ba5d241202ac89cb7b9c",
  "362d9a99501883f6d1ac717c53fff96582fb0a7c52464cb64b9082aa887bc7b4",
  "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9",
]);

/**
 * A long modulus is divided once by the product of a group, and only the rest by the product of three primes at a time: what
 * is left then is a number that needs no bigint.
 */
function hasSmallFactor(modulus: bigint): boolean {
  return primeGroups().some(({ product, threes }) => {
    const rest = modulus % product;
    return threes.some(({ product: three, primes: factors }) => {
      const left = Number(rest % three);
      return factors.some((prime) => left % prime === 0);
    });
  });
}

/** The product of three primes under 65536 is exact as a number. */
type PrimeGroup = { product: bigint; threes: { product: bigint; primes: readonly number[] }[] };
const groupPrimes = 63;
let groups: PrimeGroup[] | undefined;
function primeGroups(): readonly PrimeGroup[] {
  groups ??= inPieces(primesBelow(trialFactorMax), groupPrimes).map((group) => ({
    product: productOf(group),
    threes: inPieces(group, 3).map((three) => ({ product: productOf(three), primes: three })),
  }));
  return groups;
}

const productOf = (factors: readonly number[]): bigint =>
  factors.reduce((product, prime) => product * BigInt(prime), 1n);

const inPieces = (all: readonly number[], length: number): number[][] =>
  Array.from({ length: Math.ceil(all.length / length) }, (_, index) => all.slice(index * length, (index + 1) * length));

let primes: number[] | undefined;
/** The sieve of Eratosthenes, once. */
function primesBelow(limit: number): readonly number[] {
  if (primes !== undefined) return primes;
  const composite = new Uint8Array(limit);
  primes = [];
  for (let number = 2; number < limit; number++) {
    if (composite[number] === 1) continue;
    primes.push(number);
    for (let multiple = number * number; multiple < limit; multiple += number) composite[multiple] = 1;
  }
  return primes;
}

const rocaGenerator = 65537;
const rocaPrimeMax = 167;

/**
 * The chips made primes that are powers of 65537 modulo every small prime, so the modulus is one too (Nemec et al., 2017,
 * §2.3). A modulus of random primes is that for all of 3 to 167 once in 10⁸ or less.
 */
function hasRocaFingerprint(modulus: bigint): boolean {
  return primesBelow(trialFactorMax).every((prime) => {
    if (prime === 2 || prime > rocaPrimeMax) return true;
    const rest = Number(modulus % BigInt(prime));
    const generator = rocaGenerator % prime;
    let power = 1;
    do {
      if (power === rest) return true;
      power = (power * generator) % prime;
    } while (power !== 1);
    return false;
  });
}

/** Fermat's factorization: n = a² − b² with a just above √n. Primes drawn at random are never found in a hundred rounds. */
function hasClosePrimes(modulus: bigint): boolean {
  let a = squareRoot(modulus);
  if (a * a < modulus) a += 1n;
  for (let round = 0; round < fermatRounds; round++, a += 1n) if (isSquare(a * a - modulus)) return true;
  return false;
}

/** Of the residues modulo 64, 63, 65 and 11 few are squares; that settles 99 of 100 without a root. */
function isSquare(number: bigint): boolean {
  const rest = Number(number % BigInt(64 * 63 * 65 * 11));
  for (const modulus of [64, 63, 65, 11]) if (!squaresModulo(modulus)[rest % modulus]) return false;
  const root = squareRoot(number);
  return root * root === number;
}

const squares = new Map<number, boolean[]>();
function squaresModulo(modulus: number): boolean[] {
  let known = squares.get(modulus);
  if (known === undefined) {
    known = Array.from({ length: modulus }, () => false);
    for (let root = 0; root < modulus; root++) known[(root * root) % modulus] = true;
    squares.set(modulus, known);
  }
  return known;
}

/** Largest integer whose square is at most n: Newton's method from above. */
function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((n.toString(16).length * 4 + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
