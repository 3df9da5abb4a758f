import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { nameToWire } from "../name/name.ts";
import { digestOctets, isSupportedAlgorithm, isSupportedDigest } from "./algorithm.ts";
import type { Dnskey } from "./dnskey.ts";

/** DS RDATA (RFC 4034 §5.1), and CDS RDATA, which is the same (RFC 7344 §3.1). */
export type Ds = { keyTag: number; algorithm: number; digestType: number; digest: Uint8Array };

export function readDs(data: Uint8Array): Parsed<Ds> {
  if (data.length < 5) return unparsed("DS record cut short", data.length);
  return parsed({
    keyTag: ((data[0] ?? 0) << 8) | (data[1] ?? 0),
    algorithm: data[2] ?? 0,
    digestType: data[3] ?? 0,
    digest: data.subarray(4),
  });
}

/** Whether a validator can follow this record at all; one that it cannot follow counts as not there (RFC 4035 §5.2). */
export const isSupportedDs = (ds: Ds): boolean =>
  isSupportedAlgorithm(ds.algorithm) && isSupportedDigest(ds.digestType);

/** The digest of a key of the zone `apex` (RFC 4034 §5.1.4); undefined where the digest type is not supported. */
export const dsDigest = (apex: string, key: Dnskey, digestType: number): Uint8Array | undefined =>
  digestOctets(digestType, Buffer.concat([nameToWire(apex), key.data]));

/** Whether the record names this very key of the zone `apex`. False where its digest type is not supported. */
export function dsMatches(ds: Ds, apex: string, key: Dnskey): boolean {
  if (ds.keyTag !== key.keyTag || ds.algorithm !== key.algorithm) return false;
  const digest = dsDigest(apex, key, ds.digestType);
  return digest !== undefined && Buffer.compare(digest, ds.digest) === 0;
}
