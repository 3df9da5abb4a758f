import { buildZone, readSoa, type ResourceRecord, soaData, TYPE, type Zone } from "chancery/dns";
import { everyRow } from "../../engine/database/page.ts";
import { listRecords } from "../../engine/database/records.ts";
import type { Database, ZoneRow } from "../../engine/database/schema.ts";
import { listZonesChangedAfter } from "../../engine/database/zones.ts";

/** Zones as they stand after a change: those to serve anew, and origins that are served no more. */
export type ZoneChange = { changed: Zone[]; removed: string[]; unservable: { origin: string; problem: string }[] };

/** Reads the zones that changed after change number `after`; with 0 all of them. A zone that cannot be built is named, never half served. */
export async function readZones(db: Database, after: number): Promise<ZoneChange> {
  const change: ZoneChange = { changed: [], removed: [], unservable: [] };
  for await (const row of everyRow<ZoneRow>((page) => listZonesChangedAfter(db, after, page)))
    if (row.removedAt !== null) change.removed.push(row.origin);
    else {
      const records = await recordsOfZone(db, row);
      if (records.length === 0) continue; // not yet filled: an empty zone would say that keys do not exist
      const zone = buildZone(row.origin, records);
      if (zone.ok) change.changed.push(zone.value);
      else change.unservable.push({ origin: row.origin, problem: zone.problem });
    }
  return change;
}

/** Every record of a zone; its SOA carries the serial of the zone's row, which is the one that only rises. */
export async function recordsOfZone(db: Database, row: ZoneRow): Promise<ResourceRecord[]> {
  const records: ResourceRecord[] = [];
  for await (const { name, type, ttl, data } of everyRow((page) => listRecords(db, row.id, page)))
    records.push(withSerial({ name, type, ttl, data }, row.serial));
  return records;
}

/** A record as it is served: the SOA with the serial of its zone. */
export const withSerial = ({ name, type, ttl, data }: ResourceRecord, serial: number): ResourceRecord => ({
  name,
  type,
  ttl,
  data: type === TYPE.SOA ? soaData({ ...readSoa(data), serial }) : data,
});
