const prefixOctets = 2;

/** Cuts a byte stream into DNS messages: two octets of length, then the message (RFC 1035 §4.2.2). Holds at most one incomplete message. */
export class Framing {
  /** Octets that came and were not cut yet. */
  #waiting: Uint8Array[] = [];
  #prefix = new Uint8Array(prefixOctets);
  #prefixLength = 0;
  #message: Uint8Array | undefined;
  #messageLength = 0;

  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#waiting.push(chunk);
  }

  /** The next whole message, or undefined until more comes. Each octet is copied once, however small the segments are. */
  next(): Uint8Array | undefined {
    while (this.#prefixLength < prefixOctets) {
      const octet = this.#take(1)?.[0];
      if (octet === undefined) return undefined;
      this.#prefix[this.#prefixLength++] = octet;
    }
    const length = (this.#prefix[0]! << 8) | this.#prefix[1]!;
    this.#message ??= new Uint8Array(length);
    while (this.#messageLength < length) {
      const part = this.#take(length - this.#messageLength);
      if (!part) return undefined;
      this.#message.set(part, this.#messageLength);
      this.#messageLength += part.length;
    }
    const message = this.#message;
    this.#message = undefined;
    this.#messageLength = 0;
    this.#prefixLength = 0;
    return message;
  }

  /** Up to `octets` octets of what waits. */
  #take(octets: number): Uint8Array | undefined {
    const first = this.#waiting[0];
    if (!first) return undefined;
    if (first.length > octets) {
      this.#waiting[0] = first.subarray(octets);
      return first.subarray(0, octets);
    }
    this.#waiting.shift();
    return first;
  }
}

/** A message with its length before it, so that both go out in one segment (RFC 7766 §8). */
export function framed(message: Uint8Array): Uint8Array {
  const octets = new Uint8Array(prefixOctets + message.length);
  octets[0] = message.length >> 8;
  octets[1] = message.length;
  octets.set(message, prefixOctets);
  return octets;
}

/** The length alone, for those who write the message after it. */
export const lengthOf = (message: Uint8Array): Uint8Array => Uint8Array.of(message.length >> 8, message.length);
