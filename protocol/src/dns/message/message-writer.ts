import { nameToWire, parentName, readWireName } from "../name/name.ts";

/** RFC 1035 §4.1.4: a pointer has fourteen bits. */
const pointerTargetMax = 0x3fff;

/** The growing octets of a message, with the places of the names already written. */
export class CompressingWriter {
  #bytes = new Uint8Array(512);
  #length = 0;
  readonly #places = new Map<string, number>();

  u16(value: number): void {
    this.#room(2);
    this.#bytes[this.#length++] = value >> 8;
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  octets(octets: Uint8Array): void {
    this.#room(octets.length);
    this.#bytes.set(octets, this.#length);
    this.#length += octets.length;
  }

  /** A name in text form, letters as given unless a pointer stands for them. */
  name(name: string): void {
    const lower = name.toLowerCase();
    const place = this.#places.get(lower);
    if (place !== undefined) this.u16(0xc000 | place);
    else this.#labels(nameToWire(name), 0, lower);
  }

  /** A name in wire form that starts at `offset` of `data`; answers where it ends. Throws TypeError on RDATA that is not checked. */
  wireName(data: Uint8Array, offset: number): number {
    const read = readWireName(data, offset, { pointers: "refused" });
    if (!read.ok) throw new TypeError(`bad name in RDATA: ${read.problem}`);
    this.#labels(data, offset, read.value.name);
    return read.value.end;
  }

  reserveU16(): number {
    this.u16(0);
    return this.#length - 2;
  }

  /** Fills a reserved length with the number of octets written since. */
  fillLength(at: number): void {
    const octets = this.#length - at - 2;
    if (octets > 0xffff) throw new TypeError("RDATA longer than 65535 octets");
    this.#bytes[at] = octets >> 8;
    this.#bytes[at + 1] = octets;
  }

  finished(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Writes label after label until the rest of the name stands somewhere already. */
  #labels(wire: Uint8Array, offset: number, lower: string): void {
    let at = offset;
    let rest: string | undefined = lower;
    while (rest !== undefined && rest !== ".") {
      const place = this.#places.get(rest);
      if (place !== undefined) {
        this.u16(0xc000 | place);
        return;
      }
      if (this.#length <= pointerTargetMax) this.#places.set(rest, this.#length);
      const end: number = at + 1 + (wire[at] ?? 0);
      this.octets(wire.subarray(at, end));
      at = end;
      rest = parentName(rest);
    }
    this.octets(Uint8Array.of(0));
  }

  #room(octets: number): void {
    if (this.#length + octets <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + octets));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
