import { TYPE, type ResourceRecord, type Rrset, type RrsetChange } from "chancery/dns";

/**
 * What is pushed of a zone: all but what the server that takes it has to say for itself, its SOA and NS at the top and what it signs with.
 * A list of RRsets by name and type.
 */
export function pushedPart(origin: string, records: readonly ResourceRecord[]): Rrset[] {
  const sets = new Map<string, { name: string; type: number; ttl: number; data: Uint8Array[] }>();
  for (const { name, type, ttl, data } of records) {
    if (ownedByServer.has(type) || (name === origin && type === TYPE.NS)) continue;
    const key = `${name} ${type}`;
    const set = sets.get(key);
    if (set === undefined) sets.set(key, { name, type, ttl, data: [data] });
    else set.data.push(data);
  }
  return [...sets.values()].sort((a, b) => (a.name === b.name ? a.type - b.type : a.name < b.name ? -1 : 1));
}

const ownedByServer: ReadonlySet<number> = new Set([
  TYPE.SOA,
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.NSEC3,
  TYPE.NSEC3PARAM,
  TYPE.DNSKEY,
  TYPE.CDS,
  TYPE.CDNSKEY,
]);

/** What has to change where `pushed` stands so that `wanted` does. Removals come first: a CNAME can take the place of other records. */
export function planPush(wanted: readonly Rrset[], pushed: readonly Rrset[]): RrsetChange[] {
  const before = new Map(pushed.map((set) => [keyOf(set), set]));
  const puts: RrsetChange[] = [];
  for (const after of wanted) {
    const there = before.get(keyOf(after));
    before.delete(keyOf(after));
    if (there === undefined || !isSameRrset(there, after)) puts.push({ before: there, after });
  }
  return [...[...before.values()].map((set) => ({ before: set, after: undefined })), ...puts];
}

/** The order of records in an RRset means nothing. */
export function isSameRrset(a: Rrset, b: Rrset): boolean {
  const dataOf = (set: Rrset): string =>
    set.data
      .map((data) => Buffer.from(data).toString("hex"))
      .sort()
      .join(" ");
  return keyOf(a) === keyOf(b) && a.ttl === b.ttl && dataOf(a) === dataOf(b);
}

export const keyOf = ({ name, type }: Pick<Rrset, "name" | "type">): string => `${name} ${type}`;
