import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { readSoa, TYPE, typeName, type ResourceRecord } from "./record.ts";
import { buildZone, zoneRecords, type Zone } from "./zone.ts";

/**
 * What leads from one version of a zone to a later one, as IXFR tells it (RFC 1995 §4): the records that go, the old SOA first, and the
 * records that come, the new SOA first. A record whose TTL changes goes and comes.
 */
export type ZoneDelta = {
  readonly fromSerial: number;
  readonly toSerial: number;
  readonly removed: readonly ResourceRecord[];
  readonly added: readonly ResourceRecord[];
};

/**
 * The zone after a change; the one before stays as it is. A delta that does not fit is a problem: made for another serial, with a record to
 * remove that is not there, or one to add that is there already. The rules of `buildZone` hold for the result. The offset is without meaning.
 */
export function changeZone(zone: Zone, delta: ZoneDelta): Parsed<Zone> {
  if (delta.fromSerial !== zone.serial)
    return unparsed(`the change is for serial ${delta.fromSerial}, and the zone has ${zone.serial}`, 0);
  const records = new Map([...zoneRecords(zone)].map((record) => [recordKey(record), record]));
  for (const record of delta.removed)
    if (!records.delete(recordKey(record))) return unparsed(`${said(record)}: to be removed and not there`, 0);
  for (const record of delta.added) {
    if (records.has(recordKey(record))) return unparsed(`${said(record)}: to be added and there already`, 0);
    records.set(recordKey(record), record);
  }
  const changed = buildZone(zone.origin, records.values());
  if (changed.ok && changed.value.serial !== delta.toSerial)
    return unparsed(`the change leads to serial ${changed.value.serial} instead of ${delta.toSerial}`, 0);
  return changed.ok && zone.signing ? parsed({ ...changed.value, signing: zone.signing }) : changed;
}

/** The change from one version of a zone to another. */
export function diffZones(before: Zone, after: Zone): ZoneDelta {
  const old = new Map([...zoneRecords(before)].map((record) => [recordKey(record), record]));
  const added: ResourceRecord[] = [];
  for (const record of zoneRecords(after)) if (!old.delete(recordKey(record))) added.push(record);
  return {
    fromSerial: before.serial,
    toSerial: after.serial,
    removed: soaFirst([...old.values()]),
    added: soaFirst(added),
  };
}

const isSoa = ({ type }: ResourceRecord): boolean => type === TYPE.SOA;
const soaFirst = (records: readonly ResourceRecord[]): ResourceRecord[] => [
  ...records.filter(isSoa),
  ...records.filter((record) => !isSoa(record)),
];

const recordKey = ({ name, type, ttl, data }: ResourceRecord): string =>
  `${name} ${type} ${ttl} ${Buffer.from(data.buffer, data.byteOffset, data.length).toString("latin1")}`;

const said = ({ name, type, data }: ResourceRecord): string =>
  `${name} ${typeName(type)}${type === TYPE.SOA ? ` ${readSoa(data).serial}` : ""}`;
