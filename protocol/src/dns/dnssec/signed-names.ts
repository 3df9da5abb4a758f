import { isAtOrBelow, nameToWire } from "../name/name.ts";
import { readSoa, TYPE, type ResourceRecord } from "../record/record.ts";
import { canonicalOrderKey } from "./canonical.ts";
import { isDelegation } from "./denial.ts";
import { typeBitmap } from "../record/type-bitmap.ts";

export type RecordsOfType = [ResourceRecord, ...ResourceRecord[]];
/** The RRsets of one owner. */
export type SetsByType = Map<number, RecordsOfType>;

/**
 * What a signed zone has of a name (RFC 4035 §2.2, §2.3): RRsets that are signed, the NSEC record among them, and RRsets that are not: the
 * NS records and glue at a zone cut, and everything below one or below a DNAME.
 */
export type SignedName = { name: string; signed: SetsByType; unsigned: SetsByType };

/** Made when a zone is signed, and so not taken over. NSEC3 records would say otherwise than NSEC. */
const madeTypes: readonly number[] = [TYPE.RRSIG, TYPE.NSEC, TYPE.NSEC3, TYPE.NSEC3PARAM];

/** The RRsets of a zone by owner; types of `left` are left out. */
export function setsByName(records: Iterable<ResourceRecord>, left: readonly number[] = []): Map<string, SetsByType> {
  const names = new Map<string, SetsByType>();
  for (const record of records) {
    if (left.includes(record.type)) continue;
    let sets = names.get(record.name);
    if (!sets) names.set(record.name, (sets = new Map()));
    const set = sets.get(record.type);
    if (set) set.push(record);
    else sets.set(record.type, [record]);
  }
  return names;
}

/**
 * The names of a zone in canonical order, NSEC records made (a name without RRsets gets none). `keys`: DNSKEY RDATA to be added where the
 * zone has none. Throws TypeError when there is no SOA.
 */
export function signedNames(
  records: Iterable<ResourceRecord>,
  keys: readonly Uint8Array[],
): { apex: string; names: SignedName[] } {
  const byName = setsByName(records, madeTypes);
  for (const sets of byName.values()) for (const [type, set] of sets) sets.set(type, withOneTtl(set));
  const [apex, apexSets] = [...byName].find(([, sets]) => sets.has(TYPE.SOA)) ?? [];
  const soa = apexSets?.get(TYPE.SOA)?.[0];
  if (apex === undefined || !apexSets || !soa) throw new TypeError("a zone without SOA");
  addKeys(apex, apexSets, soa.ttl, keys);
  const ordered = [...byName].map(([name, sets]) => ({ name, sets, order: canonicalOrderKey(name) }));
  ordered.sort((a, b) => (a.order < b.order ? -1 : 1));
  let cover: string | undefined;
  const names: SignedName[] = [];
  const inChain: SignedName[] = [];
  for (const { name, sets } of ordered) {
    const isOccluded = cover !== undefined && isAtOrBelow(name, cover);
    const signedName = isOccluded ? { name, signed: new Map(), unsigned: sets } : visible(name, sets);
    names.push(signedName);
    if (isOccluded) continue;
    inChain.push(signedName);
    cover = signedName.unsigned.size > 0 || sets.has(TYPE.DNAME) ? name : undefined;
  }
  addNsec(inChain, Math.min(soa.ttl, readSoa(soa.data).minimum));
  return { apex, names };
}

/** The records of an RRset have one TTL, the lowest of those given (RFC 2181 §5.2), since the signature has only one. */
function withOneTtl(set: RecordsOfType): RecordsOfType {
  const [first, ...others] = set;
  if (others.every(({ ttl }) => ttl === first.ttl)) return set;
  const ttl = Math.min(...set.map((record) => record.ttl));
  return [{ ...first, ttl }, ...others.map((record) => ({ ...record, ttl }))];
}

/** A zone with DNSKEY records has those that it should: in a roll to another algorithm signatures come before their keys (RFC 6781 §4.1.4). */
function addKeys(name: string, sets: SetsByType, ttl: number, keys: readonly Uint8Array[]): void {
  const [first, ...others] = keys.map((data) => ({ name, type: TYPE.DNSKEY, ttl, data }));
  if (first !== undefined && !sets.has(TYPE.DNSKEY)) sets.set(TYPE.DNSKEY, [first, ...others]);
}

/** Of a zone cut only the DS records are signed. NS records at a wildcard delegate nothing, and are signed as any others (RFC 4592 §4.2). */
function visible(name: string, sets: SetsByType): SignedName {
  if (!isDelegation([...sets.keys()]) || name.startsWith("*.")) return { name, signed: sets, unsigned: new Map() };
  const ds = sets.get(TYPE.DS);
  return {
    name,
    signed: new Map(ds ? [[TYPE.DS, ds]] : []),
    unsigned: new Map([...sets].filter(([type]) => type !== TYPE.DS)),
  };
}

/** Each name leads to the next, the last to the first; of a cut the types are NS and DS alone (RFC 4034 §4.1, RFC 9077 for the TTL). */
function addNsec(chain: readonly SignedName[], ttl: number): void {
  for (const [index, { name, signed, unsigned }] of chain.entries()) {
    const next = chain[index + 1] ?? chain[0];
    if (!next) return;
    const listed = [...signed.keys(), ...(unsigned.has(TYPE.NS) ? [TYPE.NS] : []), TYPE.RRSIG, TYPE.NSEC];
    const data = Uint8Array.from(Buffer.concat([nameToWire(next.name), typeBitmap(listed)]));
    signed.set(TYPE.NSEC, [{ name, type: TYPE.NSEC, ttl, data }]);
  }
}
