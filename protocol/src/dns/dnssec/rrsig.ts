import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { readWireName } from "../name/name.ts";

/** RRSIG RDATA (RFC 4034 §3.1). Times are as on the wire: epoch seconds modulo 2³². */
export type Rrsig = {
  typeCovered: number;
  algorithm: number;
  /** Labels of the signed owner, the root and a leading `*` not counted: fewer than the owner has mean a wildcard. */
  labels: number;
  originalTtl: number;
  expiration: number;
  inception: number;
  keyTag: number;
  /** The zone that signed. */
  signer: string;
  signature: Uint8Array;
};

/** Octets before the name of the signer. */
const fixedOctets = 18;

export function readRrsig(data: Uint8Array): Parsed<Rrsig> {
  const signer = readWireName(data, fixedOctets, { pointers: "refused" });
  if (!signer.ok) return signer;
  if (signer.value.end >= data.length) return unparsed("RRSIG record without a signature", data.length);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return parsed({
    typeCovered: view.getUint16(0),
    algorithm: view.getUint8(2),
    labels: view.getUint8(3),
    originalTtl: view.getUint32(4),
    expiration: view.getUint32(8),
    inception: view.getUint32(12),
    keyTag: view.getUint16(16),
    signer: signer.value.name,
    signature: data.subarray(signer.value.end),
  });
}

/** When a signature may be believed, in the serial arithmetic of its 32 bits (RFC 4034 §3.1.5). `now`: epoch seconds. */
export function validityOf(rrsig: Rrsig, now: number): "valid" | "expired" | "not-yet-valid" {
  // Subtracted modulo 2³² and read as a signed number, a time is in the past below zero.
  if (((rrsig.expiration - now) | 0) < 0) return "expired";
  return ((now - rrsig.inception) | 0) < 0 ? "not-yet-valid" : "valid";
}

/** The time on the wire as epoch seconds: the one that is nearest to `now`. */
export const epochSeconds = (wireTime: number, now: number): number => now + ((wireTime - now) | 0);
