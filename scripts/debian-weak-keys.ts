// Makes the lists of server/weak-keys: node scripts/debian-weak-keys.ts BITS MACHINE SEEDFILE, for example 1024 le32 rnd. A list
// that is there in part is gone on with, so it can be stopped at any time. With a fourth word, a process id: the modulus.
import { constants, createHash, createPublicKey, publicEncrypt } from "node:crypto";
import { appendFileSync, existsSync, statSync } from "node:fs";
import process from "node:process";
import { DebianRandom, type Machine, type SeedFile } from "./debian-random.ts";

export const machines = {
  le32: { longOctets: 4, statOctets: 88, order: "little" },
  le64: { longOctets: 8, statOctets: 144, order: "little" },
} as const satisfies Record<string, Machine>;

export const processIds = 32_768;
/** Of each key the list has these octets: the first of the last ten of SHA-1, as `openssl-blacklist` prints those. */
const listedOctets = 6;

/** The modulus that `openssl genrsa` made in the process with this id. */
export function debianModulus(bits: number, machine: Machine, seedFile: SeedFile, processId: number): bigint {
  const random = new DebianRandom(machine, seedFile, processId);
  const first = primeOf(random, bits / 2);
  for (;;) {
    const second = primeOf(random, bits / 2);
    if (second !== first) return first * second;
  }
}

/** What the lists have of a key. */
export function listedOf(modulus: bigint): Buffer {
  const digest = createHash("sha1")
    .update(`Modulus=${modulus.toString(16).toUpperCase()}\n`)
    .digest();
  return digest.subarray(-10, -10 + listedOctets);
}

/** As `BN_generate_prime_ex` went about it: every number that it took on the way changes those behind. */
function primeOf(random: DebianRandom, bits: number): bigint {
  for (;;) {
    const candidate = candidateOf(random, bits);
    const isPrime = passesFermat(candidate, bits);
    // Rabin and Miller's test takes a witness below the candidate a round, and ends with the first that says no.
    for (let round = 0; round < (isPrime ? roundsFor(bits) : 1); round++)
      while (random.number(bits, "any") >= candidate - 1n);
    if (isPrime) return candidate;
  }
}

const smallPrimes = ((): number[] => {
  const found: number[] = [];
  for (let number = 3; found.length < 2047; number += 2)
    if (found.every((prime) => prime * prime > number || number % prime !== 0)) found.push(number);
  return found;
})();

/** Those primes in groups whose product is a safe integer: a division of the long number for each group, not for each prime. */
const groups = ((): { product: bigint; primes: number[] }[] => {
  const all: { product: bigint; primes: number[] }[] = [];
  for (const prime of smallPrimes) {
    const last = all.at(-1);
    if (last === undefined || last.product * BigInt(prime) > BigInt(Number.MAX_SAFE_INTEGER))
      all.push({ product: BigInt(prime), primes: [prime] });
    else {
      last.product *= BigInt(prime);
      last.primes.push(prime);
    }
  }
  return all;
})();

/** The next odd number such that no small prime divides it, or it less one. */
function candidateOf(random: DebianRandom, bits: number): bigint {
  const start = random.number(bits, "prime");
  const rests = groups.flatMap(({ product, primes }) => {
    const rest = Number(start % product);
    return primes.map((prime) => rest % prime);
  });
  for (let more = 0; ; more += 2)
    if (smallPrimes.every((prime, index) => (rests[index]! + more) % prime > 1)) return start + BigInt(more);
}

const roundsFor = (bits: number): number =>
  bits >= 1300 ? 2 : bits >= 850 ? 3 : bits >= 650 ? 4 : bits >= 550 ? 5 : 6;

/** Whether 2 to the power of n − 1 is 1 modulo n, which OpenSSL says when asked to encrypt 2 with n − 1 as exponent. */
function passesFermat(number: bigint, bits: number): boolean {
  const octets = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(bits / 4, "0"), "hex");
  const [n, e] = [octets(number), octets(number - 1n)].map((value) => value.toString("base64url"));
  const key = createPublicKey({ key: { kty: "RSA", n: n!, e: e! }, format: "jwk" });
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, octets(2n)).equals(octets(1n));
}

function main([bits = "", machineName = "", seedFile = "", processId]: string[]): void {
  const machine = machines[machineName as keyof typeof machines];
  if (
    machine === undefined ||
    !["1024", "2048", "4096"].includes(bits) ||
    !["rnd", "noreadrnd", "nornd"].includes(seedFile)
  ) {
    console.error("usage: node scripts/debian-weak-keys.ts 1024|2048|4096 le32|le64 rnd|noreadrnd|nornd [PROCESS-ID]");
    process.exit(2);
  }
  const modulus = (id: number): bigint => debianModulus(Number(bits), machine, seedFile as SeedFile, id);
  if (processId !== undefined) return console.log(modulus(Number(processId)).toString(16).toUpperCase());
  const file = new URL(`../server/weak-keys/rsa${bits}-${machineName}-${seedFile}.bin`, import.meta.url);
  const done = existsSync(file) ? Math.floor(statSync(file).size / listedOctets) : 0;
  for (let id = done; id < processIds; id++) appendFileSync(file, listedOf(modulus(id)));
}

if (import.meta.main) main(process.argv.slice(2));
