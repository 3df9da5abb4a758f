import { readAddress } from "chancery/dns";
import type { Via } from "../answer-query.ts";

/** Clients remembered; of two that fall on one place the later one stays. A power of two. */
const places = 4096;

/** The clients of a socket by their address, remembered since a resolver asks often: nothing is made for one that is known. */
export class UdpClients {
  readonly #octets: 4 | 16;
  readonly #memory: Uint8Array;
  /** The same memory. */
  readonly #words: Int32Array;
  /** The addresses at each place, in words of the memory. */
  readonly #known: Int32Array;
  readonly #vias: Via[];

  /** Addresses lie in `memory` at multiples of four octets. */
  constructor(memory: Uint8Array, octets: 4 | 16) {
    this.#octets = octets;
    this.#memory = memory;
    this.#words = new Int32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
    this.#known = new Int32Array((places * octets) / 4);
    const nobody = viaOf(new Uint8Array(octets)); // what the words of an empty place say
    this.#vias = Array.from({ length: places }, () => nobody);
  }

  /** The client whose address lies at `at`. */
  at(at: number): Via {
    const count = this.#octets >> 2;
    const first = at >> 2;
    let hash = 0;
    for (let word = 0; word < count; word++) hash = Math.imul(hash ^ this.#words[first + word]!, 0x9e3779b1);
    const place = (hash ^ (hash >>> 15)) & (places - 1);
    const start = place * count;
    let isKnown = true;
    for (let word = 0; word < count; word++) {
      if (this.#known[start + word] !== this.#words[first + word]) isKnown = false;
    }
    if (isKnown) return this.#vias[place]!;
    for (let word = 0; word < count; word++) this.#known[start + word] = this.#words[first + word]!;
    return (this.#vias[place] = viaOf(this.#memory.slice(at, at + this.#octets)));
  }
}

const viaOf = (octets: Uint8Array): Via => ({ transport: "udp", from: readAddress(octets), octets, reply: "copied" });
