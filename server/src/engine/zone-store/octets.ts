/** Puts numbers, texts and octets one after the other, as `OctetReader` takes them. */
export class OctetWriter {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.raw(Uint8Array.of(value));
  }

  u32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeUInt32BE(value);
    return this.raw(part);
  }

  u64(value: number): this {
    const part = Buffer.alloc(8);
    part.writeBigUInt64BE(BigInt(value));
    return this.raw(part);
  }

  text(value: string): this {
    return this.octets(Buffer.from(value));
  }

  octets(value: Uint8Array): this {
    return this.u32(value.length).raw(value);
  }

  raw(part: Uint8Array): this {
    this.#parts.push(part);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Octets that come one after the other: how many in all, and the next of them. */
export type OctetStream = { readonly length: number; next(octets: number): Uint8Array | undefined };

/** Takes what `OctetWriter` put. Past the end everything is empty and `failed` is set: look at it once, at the end. */
export class OctetReader {
  failed = false;
  at = 0;
  readonly #stream: OctetStream;

  constructor(octets: Buffer | OctetStream) {
    this.#stream = Buffer.isBuffer(octets) ? { length: octets.length, next: (n) => this.#shared(octets, n) } : octets;
  }

  #shared(octets: Buffer, length: number): Buffer {
    return octets.subarray(this.at, this.at + length);
  }

  get isAtEnd(): boolean {
    return this.at === this.#stream.length;
  }

  u8(): number {
    return this.raw(1)[0] ?? 0;
  }

  u32(): number {
    const part = this.raw(4);
    return part.length === 4 ? part.readUInt32BE() : 0;
  }

  u64(): number {
    const part = this.raw(8);
    return part.length === 8 ? Number(part.readBigUInt64BE()) : 0;
  }

  text(): string {
    return this.octets().toString();
  }

  octets(): Buffer {
    return this.raw(this.u32());
  }

  /** That many octets, shared with what is read if that is in memory; none where fewer are left. */
  raw(length: number): Buffer {
    const octets = this.next(length) ?? new Uint8Array(0);
    return Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  }

  /** The same as the stream has them. */
  next(length: number): Uint8Array | undefined {
    const octets = length > this.#stream.length - this.at ? undefined : this.#stream.next(length);
    if (octets === undefined) this.failed = true;
    else this.at += length;
    return octets;
  }

  /** A list, its length in front. Ends with the first entry that cannot be read, so that a wrong length costs nothing. */
  list<T>(entry: () => T): T[] {
    const entries: T[] = [];
    for (let left = this.u32(); left > 0 && !this.failed; left--) entries.push(entry());
    return entries;
  }
}
