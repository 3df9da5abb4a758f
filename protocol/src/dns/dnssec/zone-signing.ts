import { createPublicKey, sign, type KeyObject } from "node:crypto";
import { TYPE, type ResourceRecord } from "../record/record.ts";
import { rrsigFields, signedLabels, signedOctets } from "./canonical.ts";
import { keyTagOf } from "./dnskey.ts";

/** ECDSA P-256 with SHA-256, the default everywhere, and Ed25519 (RFC 6605, RFC 8080; RFC 9904 for the choice). */
export type SigningAlgorithm = 13 | 15;

/** A key that signs now. Keys that are only published, before or after their time, are DNSKEY records of the zone and nothing else. */
export type ZoneSigningKey = {
  /** DNSKEY RDATA. */
  dnskey: Uint8Array;
  keyTag: number;
  algorithm: SigningAlgorithm;
  privateKey: KeyObject;
  /** `keys`: the DNSKEY, CDS and CDNSKEY records (RFC 7344 §4.1), as a KSK does. `zone`: all others, as a ZSK does. `both`: a single key. */
  signs: "keys" | "zone" | "both";
};

export type SignatureTimes = {
  /** How long before it is made a signature begins to be valid, for resolvers whose clocks are late. */
  inceptionOffsetSeconds: number;
  /** From the making of a signature to its end, at most. */
  validitySeconds: number;
  /** A signature may end this much earlier, by chance of its owner and type, so that not all of a zone end at once. */
  jitterSeconds: number;
  /** A signature is made anew after this time; the same until then, on every server that has the keys. */
  renewalSeconds: number;
};

/** What a zone is signed with. Of several keys that sign the same, each makes a signature (RFC 6781 §4.1). */
export type ZoneSigning = SignatureTimes & { keys: readonly ZoneSigningKey[] };

const hour = 3600;
const day = 24 * hour;
/** Every signature met has more than twelve days to go: a name server cut off for that long still answers what is believed. */
export const signatureTimes: SignatureTimes = {
  inceptionOffsetSeconds: hour,
  validitySeconds: 14 * day,
  jitterSeconds: 12 * hour,
  renewalSeconds: day,
};

/** DNSKEY RDATA of a public key of algorithm 13 or 15: flags 257 for one that a DS record may name, 256 for one that signs the zone alone. */
export function dnskeyData(publicKey: KeyObject, flags: 256 | 257): Uint8Array {
  const { crv, x = "", y = "" } = publicKey.export({ format: "jwk" });
  const algorithm = crv === "P-256" ? 13 : crv === "Ed25519" ? 15 : undefined;
  if (algorithm === undefined) throw new TypeError("not a key of algorithm 13 or 15");
  // Both coordinates as they are, without the octet 0x04 that stands before them elsewhere (RFC 6605 §4); RFC 8080 §3 has one.
  const point = [x, y].map((coordinate) => Buffer.from(coordinate, "base64url"));
  return Uint8Array.from(Buffer.concat([Uint8Array.of(flags >> 8, flags, 3, algorithm), ...point]));
}

/** A key made ready to sign. Throws TypeError when the RDATA is not of algorithm 13 or 15, or the private key not the one that belongs to it. */
export function zoneSigningKey(
  dnskey: Uint8Array,
  privateKey: KeyObject,
  signs: ZoneSigningKey["signs"],
): ZoneSigningKey {
  const algorithm = dnskey[3];
  if (algorithm !== 13 && algorithm !== 15) throw new TypeError("not a key of algorithm 13 or 15");
  const own = dnskeyData(createPublicKey(privateKey), 257);
  if (Buffer.compare(own.subarray(3), dnskey.subarray(3)) !== 0)
    throw new TypeError("not the private key of this DNSKEY");
  return { dnskey, keyTag: keyTagOf(dnskey), algorithm, privateKey, signs };
}

/** Whether a key signs RRsets of this type. */
export function signsType(key: ZoneSigningKey, type: number): boolean {
  const isOfKeys = type === TYPE.DNSKEY || type === TYPE.CDS || type === TYPE.CDNSKEY;
  return key.signs === "both" || (key.signs === "keys") === isOfKeys;
}

/** Inception and expiration in epoch seconds, and when the signature is to be made anew. */
export type SignatureSpan = { inception: number; expiration: number; renewAt: number };

/**
 * When a signature that is needed `now` was or would have been made, and how long it holds. Time is cut into pieces of `renewalSeconds`,
 * for each `lot` (any number, of owner and type) at another moment, so that a signature can be kept and servers agree on it.
 */
export function signatureSpan(times: SignatureTimes, lot: number, now: number): SignatureSpan {
  const { inceptionOffsetSeconds, validitySeconds, jitterSeconds, renewalSeconds } = times;
  const shift = lot % renewalSeconds;
  const madeAt = Math.floor((now - shift) / renewalSeconds) * renewalSeconds + shift;
  return {
    inception: madeAt - inceptionOffsetSeconds,
    expiration: madeAt + validitySeconds - (lot % (jitterSeconds + 1)),
    renewAt: madeAt + renewalSeconds,
  };
}

/** A number of an RRset, the same on every server and another for every RRset (FNV-1a): its lot in `signatureSpan`. `owner`: wire, small letters. */
export function signatureLot(owner: Uint8Array, type: number): number {
  let hash = Math.imul(0x811c9dc5 ^ type, 0x01000193);
  for (const octet of owner) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0;
}

/** The signature itself: 64 octets for both algorithms, r and s for ECDSA (RFC 6605 §4). */
export const signatureOf = (key: ZoneSigningKey, octets: Uint8Array): Uint8Array =>
  key.algorithm === 13
    ? sign("sha256", octets, { key: key.privateKey, dsaEncoding: "ieee-p1363" })
    : sign(undefined, octets, key.privateKey);

/** The RRSIG record of one RRset of the zone `apex` by one key. A wildcard is signed as what it is (RFC 4034 §3.1.3). */
export function signRrset(
  records: readonly [ResourceRecord, ...ResourceRecord[]],
  apex: string,
  key: ZoneSigningKey,
  { inception, expiration }: Pick<SignatureSpan, "inception" | "expiration">,
): ResourceRecord {
  const [{ name, type, ttl }] = records;
  const fields = {
    typeCovered: type,
    algorithm: key.algorithm,
    labels: signedLabels(name),
    originalTtl: ttl,
    expiration: expiration >>> 0,
    inception: inception >>> 0,
    keyTag: key.keyTag,
    signer: apex,
  };
  const signature = signatureOf(key, signedOctets({ ...fields, signature: new Uint8Array(0) }, records));
  return { name, type: TYPE.RRSIG, ttl, data: Uint8Array.from(Buffer.concat([rrsigFields(fields), signature])) };
}
