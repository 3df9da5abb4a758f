import { parsed, unparsed, type Parsed } from "../../parsed.ts";

/** DNSKEY RDATA (RFC 4034 §2.1), and CDNSKEY RDATA, which is the same (RFC 7344 §3.2). */
export type Dnskey = {
  flags: number;
  protocol: number;
  algorithm: number;
  publicKey: Uint8Array;
  keyTag: number;
  /** May sign zone data: the bit is set and the protocol is 3 (RFC 4034 §2.1.1, §2.1.2). */
  isZoneKey: boolean;
  /** Meant to be what a DS record names; says nothing about validity (RFC 4034 §2.1.1). */
  isSecureEntryPoint: boolean;
  /** RFC 5011 §2.1: never to be used again. */
  isRevoked: boolean;
  /** The whole RDATA. */
  data: Uint8Array;
};

const zoneKeyFlag = 0x0100;
const revokedFlag = 0x0080;
const secureEntryPointFlag = 0x0001;
const dnssecProtocol = 3;

export function readDnskey(data: Uint8Array): Parsed<Dnskey> {
  if (data.length < 5) return unparsed("DNSKEY record cut short", data.length);
  const flags = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
  const protocol = data[2] ?? 0;
  return parsed({
    flags,
    protocol,
    algorithm: data[3] ?? 0,
    publicKey: data.subarray(4),
    keyTag: keyTagOf(data),
    isZoneKey: (flags & zoneKeyFlag) !== 0 && protocol === dnssecProtocol,
    isSecureEntryPoint: (flags & secureEntryPointFlag) !== 0,
    isRevoked: (flags & revokedFlag) !== 0,
    data,
  });
}

/** RFC 4034 appendix B: the sum of the RDATA in words of sixteen bits, with the carry added. Several keys may share a tag. */
export function keyTagOf(data: Uint8Array): number {
  let sum = 0;
  for (const [at, octet] of data.entries()) sum += at & 1 ? octet : octet << 8;
  return (sum + (sum >>> 16)) & 0xffff;
}
