import {
  changeZone,
  isSerialAfter,
  nextSerial,
  readSoa,
  recordsAt,
  type ResourceRecord,
  soaData,
  TYPE,
  type Zone,
  type ZoneDelta,
} from "chancery/dns";
import type { ZoneVersion } from "../../../engine/database/zone-changes.ts";
import type { OverlaidSet, StoredZone } from "../../../engine/zone-store/stored-zone.ts";
import type { ZoneStep } from "../../../engine/zone-store/store-change.ts";

/** A set of records that an operator wants served whatever the database says; without records it is not to be there. */
export type Override = Pick<OverlaidSet, "name" | "type" | "records">;

export const covers = (overlay: readonly Pick<Override, "name" | "type">[], { name, type }: ResourceRecord): boolean =>
  overlay.some((set) => set.name === name && set.type === type);

/** The serial under which the database's `serial` is served: itself, unless what is served is past it already. */
export const servedSerial = (serial: number, served: number): number =>
  isSerialAfter(serial, served) ? serial : nextSerial(served);

/** The SOA record of a zone. */
export function soaOf(zone: Zone): ResourceRecord {
  for (const record of recordsAt(zone, zone.origin)) if (record.type === TYPE.SOA) return record;
  throw new Error(`${zone.origin} has no SOA`); // no such zone can be built
}

export const withSerial = (soa: ResourceRecord, serial: number): ResourceRecord => ({
  ...soa,
  data: soaData({ ...readSoa(soa.data), serial }),
});

/** The zone after one more version of the database; a sentence where the version does not fit it. What is overlaid stays so. */
export function followVersion({ zone, overlay }: StoredZone, version: ZoneVersion): ZoneStep | string {
  const serial = servedSerial(version.toSerial, zone.serial);
  const before = soaOf(zone);
  const soa = withSerial(version.added.find(({ type }) => type === TYPE.SOA) ?? before, serial);
  const seen = (records: readonly ResourceRecord[]): ResourceRecord[] =>
    records.filter((record) => record.type !== TYPE.SOA && !covers(overlay, record));
  const hidden = overlay.map((set): OverlaidSet => {
    const at = (records: readonly ResourceRecord[]): ResourceRecord[] => records.filter((one) => covers([set], one));
    return { ...set, hidden: difference(set.hidden, at(version.removed)).concat(at(version.added)) };
  });
  return changed(zone, { removed: seen(version.removed), added: seen(version.added) }, soa, {
    baseSerial: version.toSerial,
    overlay: hidden,
  });
}

/** What is served of records of the database; what is overlaid is noted as hidden. The SOA gets the serial. */
export function shownOf(records: readonly ResourceRecord[], overlaid: OverlaidSet[], serial: number): ResourceRecord[] {
  const shown: ResourceRecord[] = [];
  for (const { name, type, ttl, data } of records) {
    const record = { name, type, ttl, data };
    const index = overlaid.findIndex((set) => covers([set], record));
    const set = overlaid[index];
    if (set !== undefined) overlaid[index] = { ...set, hidden: [...set.hidden, record] };
    else shown.push(type === TYPE.SOA ? withSerial(record, serial) : record);
  }
  return shown;
}

/**
 * The zone with these overrides and no others: undefined when it has them, a sentence when it could not be served with them. The serial rises
 * where an answer changes, so that secondaries follow.
 */
export function overridden(
  stored: StoredZone,
  overrides: readonly Override[],
  now: number,
): ZoneStep | string | undefined {
  const { zone, baseSerial, overlay: before } = stored;
  if (sameOverrides(before, overrides)) return undefined;
  const touched = [...before, ...overrides];
  const names = new Set(touched.map(({ name }) => name));
  const shown = [...names].flatMap((name) => recordsAt(zone, name)).filter((record) => covers(touched, record));
  const base = [...shown.filter((record) => !covers(before, record)), ...before.flatMap(({ hidden }) => hidden)];
  const wanted = [...base.filter((record) => !covers(overrides, record)), ...overrides.flatMap((one) => one.records)];
  const overlay = overrides.map((one) => ({ ...one, hidden: base.filter((record) => covers([one], record)) }));
  const removed = difference(shown, wanted);
  const added = difference(wanted, shown);
  if (removed.length + added.length === 0) return { kind: "rebased", next: { zone, baseSerial, overlay } };
  const soa = withSerial(soaOf(zone), nextSerial(zone.serial, now));
  return changed(zone, { removed, added }, soa, { baseSerial, overlay });
}

function changed(
  zone: Zone,
  { removed, added }: Pick<ZoneDelta, "removed" | "added">,
  soa: ResourceRecord,
  beneath: Pick<StoredZone, "baseSerial" | "overlay">,
): ZoneStep | string {
  const toSerial = readSoa(soa.data).serial;
  const delta = { fromSerial: zone.serial, toSerial, removed: [soaOf(zone), ...removed], added: [soa, ...added] };
  const next = changeZone(zone, delta);
  return next.ok ? { kind: "changed", next: { zone: next.value, ...beneath }, delta } : next.problem;
}

/** The records of the first list that the second does not have. */
export function difference(records: readonly ResourceRecord[], others: readonly ResourceRecord[]): ResourceRecord[] {
  const known = new Set(others.map(recordKey));
  return records.filter((record) => !known.has(recordKey(record)));
}

/** What makes two records equal. */
export const recordKey = ({ name, type, ttl, data }: ResourceRecord): string =>
  `${type} ${ttl} ${Buffer.from(data.buffer, data.byteOffset, data.length).toString("latin1")} ${name}`;

function sameOverrides(one: readonly Override[], other: readonly Override[]): boolean {
  const lines = (overrides: readonly Override[]): string =>
    overrides
      .map(({ name, type, records }) => [`${name} ${type}`, ...records.map(recordKey).sort()].join("\n"))
      .sort()
      .join("\n\n");
  return lines(one) === lines(other);
}
