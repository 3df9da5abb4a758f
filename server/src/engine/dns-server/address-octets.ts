import { parseIpv4, parseIpv6 } from "chancery/dns";

/** An address as the system gives it, with or without a zone, in 4 or 16 octets. */
export function addressOctets(address: string): Uint8Array {
  const octets = address.includes(":") ? parseIpv6(address.replace(/%.*$/, "")) : parseIpv4(address);
  if (octets === undefined) throw new TypeError(`not an address: ${address}`);
  return octets;
}
