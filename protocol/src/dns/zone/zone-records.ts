import { TYPE } from "../record/record.ts";
import type { Templates } from "./zone-entry.ts";
import { keyRdata, readKeyText } from "./zone-key.ts";

const chunkOctets = 1 << 20;
const notKey = 0xffff;

/**
 * The records of a zone while it is built, numbered in the order in which they come. They lie in a few large arrays, keys as their octets: what
 * a million of them cost is little more than what the zone will cost.
 */
export class ZoneRecords {
  readonly #templates: Templates;
  #count = 0;
  #nodes = new Uint32Array(1024);
  #types = new Uint16Array(1024);
  #ttls = new Uint32Array(1024);
  /** The template of a key, or `notKey`. */
  #keys = new Uint16Array(1024);
  #chunkOf = new Uint32Array(1024);
  #starts = new Uint32Array(1024);
  #lengths = new Uint16Array(1024);
  readonly #chunks: Uint8Array[] = [];
  #chunk = new Uint8Array(0);
  #used = 0;

  constructor(templates: Templates) {
    this.#templates = templates;
  }

  get count(): number {
    return this.#count;
  }

  add(node: number, type: number, ttl: number, data: Uint8Array): void {
    const key = type === TYPE.TXT ? readKeyText(data) : undefined;
    const template = key ? this.#templates.numberOf(key) : -1;
    const octets = key && template >= 0 ? key.body : data;
    if (this.#count === this.#nodes.length) this.#grow();
    if (this.#used + octets.length > this.#chunk.length) this.#startChunk(octets.length);
    this.#chunk.set(octets, this.#used);
    const record = this.#count++;
    this.#nodes[record] = node;
    this.#types[record] = type;
    this.#ttls[record] = ttl;
    this.#keys[record] = template >= 0 ? template : notKey;
    this.#chunkOf[record] = this.#chunks.length - 1;
    this.#starts[record] = this.#used;
    this.#lengths[record] = octets.length;
    this.#used += octets.length;
  }

  #grow(): void {
    this.#nodes = doubled(this.#nodes, new Uint32Array(2 * this.#count));
    this.#types = doubled(this.#types, new Uint16Array(2 * this.#count));
    this.#ttls = doubled(this.#ttls, new Uint32Array(2 * this.#count));
    this.#keys = doubled(this.#keys, new Uint16Array(2 * this.#count));
    this.#chunkOf = doubled(this.#chunkOf, new Uint32Array(2 * this.#count));
    this.#starts = doubled(this.#starts, new Uint32Array(2 * this.#count));
    this.#lengths = doubled(this.#lengths, new Uint16Array(2 * this.#count));
  }

  #startChunk(octets: number): void {
    this.#chunk = new Uint8Array(Math.max(chunkOctets, octets));
    this.#chunks.push(this.#chunk);
    this.#used = 0;
  }

  node(record: number): number {
    return this.#nodes[record]!;
  }

  type(record: number): number {
    return this.#types[record]!;
  }

  ttl(record: number): number {
    return this.#ttls[record]!;
  }

  /** The number of the template of a record that is held as a key, or -1. */
  template(record: number): number {
    return this.#keys[record] === notKey ? -1 : this.#keys[record]!;
  }

  /** The octets that are held: of a key its own, of any other record its RDATA. */
  octets(record: number): Uint8Array {
    const start = this.#starts[record]!;
    return this.#chunks[this.#chunkOf[record]!]!.subarray(start, start + this.#lengths[record]!);
  }

  rdata(record: number): Uint8Array {
    const template = this.template(record);
    return template < 0 ? this.octets(record) : keyRdata(this.#templates.list[template]!, this.octets(record));
  }
}

function doubled<A extends Uint16Array | Uint32Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}
