import { rdataText, type ResourceRecord, type Rrset as WireRrset, TYPE, typeName } from "chancery/dns";

/** An RRset of a zone; `ttl` is what is served: the lowest of its records' (RFC 2181 §5.2). The data stand each once. */
export type Rrset = WireRrset & {
  /** The highest of the TTLs given, where they differ. */
  readonly highestTtl?: number;
};

/** An RRset as people read it, RDATA as in a master file. */
export type RrsetText = { name: string; type: string; ttl: number; data: string[] };

/** The RRsets of records in any order, each where its first record stood. */
export function rrsetsOf(records: Iterable<ResourceRecord>): Rrset[] {
  const sets = new Map<string, { name: string; type: number; ttl: number; data: Uint8Array[]; highestTtl?: number }>();
  for (const { name, type, ttl, data } of records) {
    const key = `${type} ${name}`;
    const set = sets.get(key);
    if (set === undefined) {
      sets.set(key, { name, type, ttl, data: [data] });
      continue;
    }
    if (ttl !== set.ttl) set.highestTtl = Math.max(set.highestTtl ?? set.ttl, ttl);
    set.ttl = Math.min(set.ttl, ttl);
    if (!set.data.some((there) => sameOctets(there, data))) set.data.push(data);
  }
  return [...sets.values()];
}

export const recordsOf = ({ name, type, ttl, data }: Rrset): ResourceRecord[] =>
  data.map((one) => ({ name, type, ttl, data: one }));

export const textOf = ({ name, type, ttl, data }: Rrset): RrsetText => ({
  name,
  type: typeName(type),
  ttl,
  data: data.map((one) => rdataText(type, one)),
});

/** Whether two RRsets say the same: the order of records means nothing, and the serial of a SOA is not its content. */
export function isSameRrset(a: Rrset, b: Rrset): boolean {
  if (a.name !== b.name || a.type !== b.type || a.ttl !== b.ttl || a.highestTtl !== b.highestTtl) return false;
  const lines = ({ data }: Rrset): string =>
    data
      .map((one) => Buffer.from(a.type === TYPE.SOA ? withoutSerial(one) : one).toString("latin1"))
      .sort()
      .join("\n");
  return a.data.length === b.data.length && lines(a) === lines(b);
}

/** The serial is the first of the five numbers at the end (RFC 1035 §3.3.13). */
const withoutSerial = (soa: Uint8Array): Uint8Array => {
  const copy = Uint8Array.from(soa);
  copy.fill(0, copy.length - 20, copy.length - 16);
  return copy;
};

const sameOctets = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((octet, index) => octet === b[index]);
