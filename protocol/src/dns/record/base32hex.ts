const digits = "0123456789abcdefghijklmnopqrstuv";

/** Octets as base32 with the extended hex alphabet, small letters, without padding (RFC 4648 §7, RFC 5155 §1.3). */
export function toBase32hex(octets: Uint8Array): string {
  let text = "";
  let bits = 0;
  let left = 0;
  for (const octet of octets) {
    bits = (bits << 8) | octet;
    for (left += 8; left >= 5; left -= 5) text += digits[(bits >> (left - 5)) & 31];
    bits &= (1 << left) - 1;
  }
  return left === 0 ? text : text + digits[(bits << (5 - left)) & 31];
}

/** Undefined for text in another alphabet or with bits left over that are not zero. */
export function fromBase32hex(text: string): Uint8Array | undefined {
  const octets: number[] = [];
  let bits = 0;
  let held = 0;
  for (const char of text.toLowerCase()) {
    const digit = digits.indexOf(char);
    if (digit < 0) return undefined;
    bits = (bits << 5) | digit;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    octets.push(bits >> held);
    bits &= (1 << held) - 1;
  }
  return bits === 0 && held < 5 ? Uint8Array.from(octets) : undefined;
}
