import { TYPE, type ResourceRecord, type Rrset, type RrsetChange } from "chancery/dns";
import { isSameRrset, rrsetsOf } from "../zone/rrset.ts";

/**
 * What is pushed of a zone: all but what the server that takes it has to say for itself, its SOA and NS at the top and what it signs with.
 * A list of RRsets by name and type.
 */
export function pushedPart(origin: string, records: readonly ResourceRecord[]): Rrset[] {
  const ours = records.filter(({ name, type }) => !ownedByServer.has(type) && !(name === origin && type === TYPE.NS));
  return rrsetsOf(ours)
    .map(({ name, type, ttl, data }) => ({ name, type, ttl, data }))
    .sort((a, b) => (a.name === b.name ? a.type - b.type : a.name < b.name ? -1 : 1));
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

export const keyOf = ({ name, type }: Pick<Rrset, "name" | "type">): string => `${name} ${type}`;
