import type { LookupName } from "../name/lookup-name.ts";

/**
 * Names numbered from 0 in the order in which they were added. Everything lies in a few flat arrays: a million names cost their octets
 * and twenty more each, and the garbage collector has nothing to walk through.
 */
export class NameTable {
  count = 0;
  #octets = new Uint8Array(256);
  #octetsUsed = 0;
  #starts = new Uint32Array(16);
  #hashes = new Uint32Array(16);
  /** Open addressing: number + 1, or 0 for an empty slot. The length is a power of two and at least twice `count`. */
  #slots = new Int32Array(32);

  /** The number of the name without its first `label` labels, or -1. */
  find(name: LookupName, label: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = name.hash(label);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (number < 0) return -1;
      if (this.#hashes[number] === hash && this.#equals(number, name, label)) return number;
    }
  }

  /** Adds a name that is not there yet; answers its number. */
  add(name: LookupName, label: number): number {
    const from = name.labelAt(label);
    this.#reserve(name.length - from);
    const number = this.count++;
    this.#starts[number] = this.#octetsUsed;
    this.#hashes[number] = name.hash(label);
    this.#octets.set(name.octets.subarray(from, name.length), this.#octetsUsed);
    this.#octetsUsed += name.length - from;
    this.#place(number);
    return number;
  }

  /** The array that holds the name at `start(number)`; names stand one after the other. */
  get octets(): Uint8Array {
    return this.#octets;
  }

  /** The hash of name `number`, as `LookupName.hash` tells it. */
  hash(number: number): number {
    return this.#hashes[number]!;
  }

  /** Where the last name ends. */
  get octetsUsed(): number {
    return this.#octetsUsed;
  }

  start(number: number): number {
    return this.#starts[number]!;
  }

  /** Gives back the room for names that will not come. */
  trim(): void {
    this.#octets = this.#octets.slice(0, this.#octetsUsed);
    this.#starts = this.#starts.slice(0, this.count);
    this.#hashes = this.#hashes.slice(0, this.count);
  }

  #equals(number: number, name: LookupName, label: number): boolean {
    const ours = this.#octets;
    const theirs = name.octets;
    let at = this.#starts[number]!;
    for (let from = name.labelAt(label); from < name.length; from++) if (ours[at++] !== theirs[from]) return false;
    return true;
  }

  #place(number: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[number]! & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number + 1;
  }

  #reserve(octets: number): void {
    if (this.#octetsUsed + octets > this.#octets.length) {
      this.#octets = grown(new Uint8Array(2 * this.#octets.length + octets), this.#octets);
    }
    if (this.count === this.#starts.length) {
      this.#starts = grown(new Uint32Array(2 * this.count), this.#starts);
      this.#hashes = grown(new Uint32Array(2 * this.count), this.#hashes);
    }
    if (2 * (this.count + 1) > this.#slots.length) {
      this.#slots = new Int32Array(2 * this.#slots.length);
      for (let number = 0; number < this.count; number++) this.#place(number);
    }
  }
}

function grown<A extends Uint8Array | Uint32Array>(larger: A, old: A): A {
  larger.set(old);
  return larger;
}
