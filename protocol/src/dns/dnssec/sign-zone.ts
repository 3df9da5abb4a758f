import { nameToWire } from "../name/name.ts";
import { TYPE, type ResourceRecord } from "../record/record.ts";
import { signedLabels } from "./canonical.ts";
import { epochSeconds, readRrsig } from "./rrsig.ts";
import { setsByName, signedNames, type RecordsOfType, type SetsByType } from "./signed-names.ts";
import { signatureLot, signatureSpan, signRrset, signsType, type ZoneSigning } from "./zone-signing.ts";

/*
 * Zones that are signed as a whole, for name servers that sign nothing themselves. The records of such a zone are served and
 * transferred as they are.
 */

/**
 * The records of a zone with a full chain of NSEC records and all signatures, in canonical order (RFC 4035 §2). Signatures and denials that
 * were among them fall away; the DNSKEY records of the keys that sign are added if need be. Throws TypeError when there is no SOA.
 */
export function signZone(records: Iterable<ResourceRecord>, signing: ZoneSigning, now: number): ResourceRecord[] {
  return signAgain([], records, signing, now, { refreshBeforeSeconds: 0 });
}

export type ZoneChange = { removed: ResourceRecord[]; added: ResourceRecord[] };

/**
 * What makes of `served`, a zone signed before, the signed zone of `records`, SOA with its serial included. A signature stays when its
 * RRset is the same, every key that signs now has made one, and it holds for more than `refreshBeforeSeconds` yet: the cost of signing is
 * that of what changed and of what ends soon. The rest is one walk through both.
 */
export function resign(
  served: readonly ResourceRecord[],
  records: Iterable<ResourceRecord>,
  signing: ZoneSigning,
  now: number,
  options: { refreshBeforeSeconds: number },
): ZoneChange {
  const made = signAgain(served, records, signing, now, options);
  const [before, after] = [new Set(served), new Set(made)];
  return {
    removed: served.filter((record) => !after.has(record)),
    added: made.filter((record) => !before.has(record)),
  };
}

/** When the first of the signatures ends, in epoch seconds; undefined when there are none. */
export function firstExpiration(records: Iterable<ResourceRecord>, now: number): number | undefined {
  let first: number | undefined;
  for (const record of records) {
    const rrsig = record.type === TYPE.RRSIG ? readRrsig(record.data) : undefined;
    if (!rrsig?.ok) continue;
    const ends = epochSeconds(rrsig.value.expiration, now);
    if (first === undefined || ends < first) first = ends;
  }
  return first;
}

/** All records of the signed zone; those that were served already are the very same objects. */
function signAgain(
  served: readonly ResourceRecord[],
  records: Iterable<ResourceRecord>,
  signing: ZoneSigning,
  now: number,
  { refreshBeforeSeconds }: { refreshBeforeSeconds: number },
): ResourceRecord[] {
  const before = setsByName(served);
  const { apex, names } = signedNames(
    records,
    signing.keys.map(({ dnskey }) => dnskey),
  );
  // A tag alone does not say which key it was.
  const hasKeys = signing.keys.every(({ dnskey }) => includes(before.get(apex)?.get(TYPE.DNSKEY), dnskey));
  const made: ResourceRecord[] = [];
  for (const { name, signed, unsigned } of names) {
    const known = before.get(name);
    for (const [type, set] of unsigned) made.push(...taken(known?.get(type), set));
    for (const [type, set] of signed) {
      made.push(...taken(known?.get(type), set));
      const kept =
        known && hasKeys ? signaturesThatHold(known, set, apex, signing, now, refreshBeforeSeconds) : undefined;
      made.push(...(kept ?? signaturesOf(set, apex, signing, now)));
    }
  }
  return made;
}

function signaturesOf(set: RecordsOfType, apex: string, signing: ZoneSigning, now: number): ResourceRecord[] {
  const [{ name, type }] = set;
  const span = signatureSpan(signing, signatureLot(nameToWire(name), type), now);
  return signing.keys.filter((key) => signsType(key, type)).map((key) => signRrset(set, apex, key, span));
}

const includes = (records: readonly ResourceRecord[] | undefined, data: Uint8Array): boolean =>
  records?.some((record) => Buffer.compare(record.data, data) === 0) ?? false;

/** The signatures that an RRset has already, one by every key; undefined when it is another now, or one is missing or ends too soon. */
function signaturesThatHold(
  known: SetsByType,
  set: RecordsOfType,
  apex: string,
  { keys }: ZoneSigning,
  now: number,
  refreshBeforeSeconds: number,
): ResourceRecord[] | undefined {
  const [{ name, type, ttl }] = set;
  if (!isSameSet(known.get(type), set)) return undefined;
  const signatures: ResourceRecord[] = [];
  for (const key of keys) {
    if (!signsType(key, type)) continue;
    const signature = known.get(TYPE.RRSIG)?.find((record) => {
      const rrsig = readRrsig(record.data);
      if (!rrsig.ok || rrsig.value.typeCovered !== type) return false;
      const { keyTag, algorithm, signer, originalTtl, labels, inception, expiration } = rrsig.value;
      const isOfKey = keyTag === key.keyTag && algorithm === key.algorithm && signer === apex;
      const isOfSet = originalTtl === ttl && record.ttl === ttl && labels === signedLabels(name);
      const holds = epochSeconds(inception, now) <= now && epochSeconds(expiration, now) > now + refreshBeforeSeconds;
      return isOfKey && isOfSet && holds;
    });
    if (!signature) return undefined;
    signatures.push(signature);
  }
  return signatures;
}

const isSameSet = (known: RecordsOfType | undefined, set: RecordsOfType): boolean =>
  known?.length === set.length && set.every((record) => known.some((other) => isSameRecord(other, record)));

/** Of two RRsets of one owner and type, the records of the second, and from the first those that are in both. */
const taken = (known: RecordsOfType | undefined, set: RecordsOfType): ResourceRecord[] =>
  set.map((record) => known?.find((other) => isSameRecord(other, record)) ?? record);

const isSameRecord = (one: ResourceRecord, other: ResourceRecord): boolean =>
  one.ttl === other.ttl && Buffer.compare(one.data, other.data) === 0;
