// The random numbers of OpenSSL 0.9.8 as Debian shipped it from 2006 to 2008 (CVE-2008-0166): two lines were taken out, and
// with them everything that was mixed in. What is left depends on the process id, on how many octets were mixed in and when,
// and on how long integers are and which way round they lie. Nothing else uses this: it makes keys that anybody can make.
import { hash } from "node:crypto";

/** What the machine contributes. `longOctets`: of `long` and `time_t`; `statOctets`: of `struct stat`, mixed in for ~/.rnd. */
export type Machine = { longOctets: 4 | 8; statOctets: number; order: "little" | "big" };

/** Whether ~/.rnd was there (`rnd`), was there and could not be read or, up to 0.9.8c, was not there (`noreadrnd`), or from 0.9.8g on was not there (`nornd`). */
export type SeedFile = "rnd" | "noreadrnd" | "nornd";

const poolOctets = 1023;
const digestOctets = 20;
/** Half a digest goes out, the other half back into the pool. */
const halfOctets = digestOctets / 2;
const seedFileOctets = 1024;
const deviceOctets = 32;

export class DebianRandom {
  readonly #machine: Machine;
  readonly #processId: number;
  readonly #pool = Buffer.alloc(poolOctets);
  #digest = Buffer.alloc(digestOctets);
  #at = 0;
  #filled = 0;
  #taken = 0;
  #mixed = 0;
  #state: "fresh" | "stirred" = "fresh";

  constructor(machine: Machine, seedFile: SeedFile, processId: number) {
    this.#machine = machine;
    this.#processId = processId;
    if (seedFile !== "nornd") this.#mix(machine.statOctets);
    if (seedFile === "rnd") this.#mix(seedFileOctets);
  }

  /** A number of so many bits, as `BN_rand` made it, which mixes the time in first. `kind` prime: odd, its two highest bits set. */
  number(bits: number, kind: "prime" | "any"): bigint {
    this.#mix(this.#machine.longOctets);
    const octets = this.#take(bits / 8);
    if (kind === "prime") {
      octets[0]! |= 0xc0;
      octets[octets.length - 1]! |= 1;
    }
    return BigInt(`0x${octets.toString("hex")}`);
  }

  /** Mixing in: of `count` octets only their number is left. */
  #mix(count: number): void {
    let at = this.#at;
    let digest: Buffer = this.#digest;
    let mixed = this.#mixed;
    this.#filled = Math.min(poolOctets, Math.max(this.#filled, at + count));
    this.#at = (at + count) % poolOctets;
    this.#mixed += Math.ceil(count / digestOctets);
    for (let left = count; left > 0; left -= digestOctets) {
      const length = Math.min(left, digestOctets);
      digest = sha1(digest, this.#slice(at, length, poolOctets), this.#counters(this.#taken, mixed++));
      at = this.#fold(digest, at, length, poolOctets);
    }
    for (let index = 0; index < digestOctets; index++) this.#digest[index]! ^= digest[index]!;
  }

  #take(count: number): Buffer {
    this.#prepare();
    const filled = this.#filled;
    const counters = this.#counters(this.#taken, this.#mixed);
    const parts: Buffer[] = [];
    let at = this.#at;
    let digest: Buffer = this.#digest;
    this.#at += Math.ceil(count / halfOctets) * halfOctets;
    if (this.#at > filled) this.#at %= filled;
    this.#taken += 1;
    for (let left = count; left > 0; left -= halfOctets) {
      // The process id, and of all process ids 0 is left out.
      const first = left === count && this.#processId !== 0 ? this.#integer(this.#processId, 4) : Buffer.alloc(0);
      digest = sha1(first, digest, counters, this.#slice(at, halfOctets, filled));
      at = this.#fold(digest, at, halfOctets, filled);
      parts.push(digest.subarray(halfOctets, halfOctets + Math.min(left, halfOctets)));
    }
    this.#digest = sha1(counters, digest, this.#digest);
    return Buffer.concat(parts);
  }

  /** Before the first octet: /dev/urandom, process id, user and time are mixed in, then the whole pool is stirred. */
  #prepare(): void {
    if (this.#state === "stirred") return;
    this.#state = "stirred";
    this.#mix(deviceOctets);
    for (let times = 0; times < 3; times++) this.#mix(this.#machine.longOctets);
    for (let left = poolOctets; left > 0; left -= digestOctets) this.#mix(digestOctets);
  }

  /** `length` octets of the pool, which goes on at its start when `size` is reached. */
  #slice(at: number, length: number, size: number): Buffer {
    const over = at + length - size;
    if (over <= 0) return this.#pool.subarray(at, at + length);
    return Buffer.concat([this.#pool.subarray(at, at + length - over), this.#pool.subarray(0, over)]);
  }

  #fold(digest: Buffer, at: number, length: number, size: number): number {
    let to = at;
    for (let index = 0; index < length; index++) {
      this.#pool[to]! ^= digest[index]!;
      to = to + 1 >= size ? 0 : to + 1;
    }
    return to;
  }

  #counters(taken: number, mixed: number): Buffer {
    const { longOctets } = this.#machine;
    return Buffer.concat([this.#integer(taken, longOctets), this.#integer(mixed, longOctets)]);
  }

  #integer(value: number, octets: number): Buffer {
    const written = Buffer.alloc(octets);
    if (this.#machine.order === "little") written.writeUInt32LE(value, 0);
    else written.writeUInt32BE(value, octets - 4);
    return written;
  }
}

const sha1 = (...parts: Buffer[]): Buffer<ArrayBuffer> => Buffer.from(hash("sha1", Buffer.concat(parts), "buffer"));
