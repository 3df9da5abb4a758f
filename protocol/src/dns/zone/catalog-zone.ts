import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { childName, isAtOrBelow, labelsOf, parentName } from "../name/name.ts";
import { CLASS, nameData, readName, readTxt, soaData, txtData, TYPE, type ResourceRecord } from "../record/record.ts";
import type { Zone } from "./zone.ts";

/*
 * Catalog zones, version 2 (RFC 9432): the list of the zones that secondaries are to serve, as a zone that they fetch like any other.
 */

/** A zone of the catalog. */
export type CatalogMember = {
  /** Opaque and unique; another one for the same zone tells secondaries to forget all state of it (§5.4). One label, canonical. */
  label: string;
  /** Origin of the member zone, canonical. */
  zone: string;
  /** What a secondary's operator may choose its settings by (§4.4.2). Absent: none. */
  group?: string;
};

const schemaVersion = "2";
const nowhere = "invalid";
/** Nobody caches a catalog, it is not resolved. */
const ttl = 0;
/** A primary that is away for long must not make secondaries forget what they serve: a catalog expires as late as a SOA can say. */
const timers = { refresh: 3600, retry: 600, expire: 0x7fff_fffe, minimum: 0 };

/** What a catalog holds besides its members: SOA, NS and version (§4, §4.2). Nobody is to find a server by it, so both name `invalid.`. */
export const catalogApex = (catalog: string, serial: number): ResourceRecord[] => [
  { name: catalog, type: TYPE.SOA, ttl, data: soaData({ mname: nowhere, rname: nowhere, serial, ...timers }) },
  { name: catalog, type: TYPE.NS, ttl, data: nameData(nowhere) },
  { name: childName("version", catalog), type: TYPE.TXT, ttl, data: txtData(schemaVersion) },
];

/** The records of one member: a PTR below `zones`, and its group (§4.1, §4.4.2). */
export function catalogMemberRecords(catalog: string, { label, zone, group }: CatalogMember): ResourceRecord[] {
  const name = childName(label, childName("zones", catalog));
  const pointer = { name, type: TYPE.PTR, ttl, data: nameData(zone) };
  if (group === undefined) return [pointer];
  return [pointer, { name: childName("group", name), type: TYPE.TXT, ttl, data: txtData(group) }];
}

/**
 * The members of a catalog. A broken catalog is a problem, and is to be left alone as a whole (§5.1): another class than IN, no version or
 * another than "2", a member label with two PTR records, a zone that is a member twice, a change of ownership to two catalogs. Properties
 * that are not known are passed over (§4.4), a group of several values too. The offset of a problem is the index of a record.
 */
export function readCatalog(catalog: string, records: Iterable<ResourceRecord>): Parsed<CatalogMember[]> {
  const zones = childName("zones", catalog);
  const versionName = childName("version", catalog);
  const members = new Map<string, CatalogMember>();
  const groups = new Map<string, string | undefined>();
  const owners = new Set<string>();
  const served = new Set<string>();
  let version: string | undefined;
  let index = -1;
  for (const record of records) {
    const { name, type, data } = record;
    index++;
    if ((record.class ?? CLASS.IN) !== CLASS.IN) return unparsed(`${name}: another class than IN`, index);
    if (name === versionName && type === TYPE.TXT) {
      if (version !== undefined) return unparsed("two version records", index);
      version = readTxt(data).join("");
    }
    if (name === zones || !isAtOrBelow(name, zones)) continue;
    const place = memberPlace(name, zones);
    if (place === undefined) continue;
    if (place.property === undefined && type === TYPE.PTR) {
      const zone = readName(data);
      if (members.has(place.label)) return unparsed(`${name}: two PTR records`, index);
      if (served.has(zone)) return unparsed(`${zone} is a member twice`, index);
      served.add(zone);
      members.set(place.label, { label: place.label, zone });
    } else if (place.property === "group" && type === TYPE.TXT) {
      groups.set(place.label, groups.has(place.label) ? undefined : readTxt(data).join(""));
    } else if (place.property === "coo" && type === TYPE.PTR) {
      if (owners.has(place.label)) return unparsed(`${name}: two PTR records`, index);
      owners.add(place.label);
    }
  }
  if (version === undefined) return unparsed("no version record", 0);
  if (version !== schemaVersion) return unparsed(`version ${JSON.stringify(version)}; only "2" is known`, 0);
  return parsed(
    [...members.values()].map((member) => {
      const group = groups.get(member.label);
      return group === undefined ? member : { ...member, group };
    }),
  );
}

/** Whether this is a catalog (§4). */
export const isCatalogZone = (zone: Zone): boolean => zone.audience === "secondaries";

/** The member label of a name below `zones`, and which property stands there: none at the label itself, undefined deeper down. */
function memberPlace(name: string, zones: string): { label: string; property: string | undefined } | undefined {
  const parent = parentName(name);
  const [first] = labelsOf(name);
  if (first === undefined || parent === undefined) return undefined;
  if (parent === zones) return { label: first, property: undefined };
  const [label] = labelsOf(parent);
  return parentName(parent) === zones && label !== undefined ? { label, property: first } : undefined;
}
