/*
 * IP addresses as RDATA of A and AAAA (RFC 1035 §3.4.1, RFC 3596 §2.2). Text of IPv6 is read in every form of RFC 4291
 * §2.2 and written in the one of RFC 5952.
 */

/** Four octets, or undefined when the text is not a dotted quad. No leading zeros: they mean octal to some readers. */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".", 5);
  if (parts.length !== 4) return undefined;
  const octets = parts.map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return octets.every((octet) => octet <= 255) ? Uint8Array.from(octets) : undefined;
}

/** Sixteen octets, or undefined when the text is not an IPv6 address. No zone index. */
export function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? "", true) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** The 16-bit groups of one side of "::"; the last two may be written as a dotted quad where the address ends. */
function groupsOf(text: string, endsAddress: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  const quad = endsAddress && last.includes(".") ? parseIpv4(last) : undefined;
  if (quad) parts.pop();
  if (!parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return undefined;
  const groups = parts.map((part) => Number.parseInt(part, 16));
  const [a = 0, b = 0, c = 0, d = 0] = quad ?? [];
  return quad ? [...groups, (a << 8) | b, (c << 8) | d] : groups;
}

/** A RDATA of a dotted quad. Throws TypeError when it is none. */
export function aData(address: string): Uint8Array {
  const octets = parseIpv4(address);
  if (!octets) throw new TypeError("not an IPv4 address");
  return octets;
}

/** AAAA RDATA of an IPv6 address. Throws TypeError when it is none. */
export function aaaaData(address: string): Uint8Array {
  const octets = parseIpv6(address);
  if (!octets) throw new TypeError("not an IPv6 address");
  return octets;
}

/** The address in A or AAAA RDATA as text. */
export function readAddress(data: Uint8Array): string {
  if (data.length === 4) return data.join(".");
  if (data.length !== 16) throw new TypeError("address RDATA of the wrong length");
  const groups = Array.from({ length: 8 }, (_, index) => ((data[2 * index] ?? 0) << 8) | (data[2 * index + 1] ?? 0));
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return `::ffff:${data.subarray(12).join(".")}`;
  const zeros = longestZeros(groups);
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(":");
  if (zeros.length < 2) return hex(groups);
  return `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`;
}

/**
 * The labels of an address from its end: octets of IPv4, half octets of IPv6. Names for an address are built of them: before
 * `in-addr.arpa` and `ip6.arpa` (RFC 1035 §3.5, RFC 3596 §2.5), and before the zone of a DNS list (RFC 5782 §2.1, §2.4).
 * Undefined for what is no address.
 */
export function reversedAddress(address: string): { labels: string; suffix: "in-addr.arpa" | "ip6.arpa" } | undefined {
  const ipv4 = parseIpv4(address);
  if (ipv4) return { labels: [...ipv4].reverse().join("."), suffix: "in-addr.arpa" };
  const ipv6 = parseIpv6(address);
  if (!ipv6) return undefined;
  const halves = [...ipv6].flatMap((octet) => [octet >> 4, octet & 15]);
  return {
    labels: halves
      .reverse()
      .map((half) => half.toString(16))
      .join("."),
    suffix: "ip6.arpa",
  };
}

/** The first of the longest runs of zero groups (RFC 5952 §4.2.3). */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let at = 0; at <= groups.length; at++) {
    if (groups[at] === 0) continue;
    if (at - start > best.length) best = { start, length: at - start };
    start = at + 1;
  }
  return best;
}
