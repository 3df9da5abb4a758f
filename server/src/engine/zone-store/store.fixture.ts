import { buildZone, diffZones, parseZoneFile, type Zone, zoneRecords } from "chancery/dns";
import assert from "node:assert";
import type { StoreState } from "./store-state.ts";
import type { StoredZone } from "./stored-zone.ts";
import type { StoreChange, ZoneStep } from "./store-change.ts";

/** Zones and changes for tests that need some. */

export function zoneFrom(origin: string, serial: number, text = ""): Zone {
  const records = parseZoneFile(`@ 60 SOA ns1 h ${serial} 2 3 4 5\n@ 60 NS ns1\n${text}`, { origin });
  assert(records.ok, records.ok ? "" : records.problem);
  const zone = buildZone(origin, records.value);
  assert(zone.ok, zone.ok ? "" : zone.problem);
  return zone.value;
}

export const stored = (zone: Zone, more: Partial<StoredZone> = {}): StoredZone => ({
  zone,
  baseSerial: zone.serial,
  overlay: [],
  ...more,
});

export const replacing = (followed: number, ...zones: readonly Zone[]): StoreChange => ({
  followed,
  steps: zones.map((zone) => ({ kind: "replaced", next: stored(zone) })),
});

export const changing = (before: Zone, next: Zone): ZoneStep => ({
  kind: "changed",
  next: stored(next),
  delta: diffZones(before, next),
});

/** All that a state holds, to be compared. */
export const contentOf = (state: StoreState | undefined): unknown =>
  state && {
    generation: state.generation,
    followed: state.followed,
    zones: [...state.zones.keys()].sort().map((origin) => {
      const { zone, baseSerial, overlay } = state.zones.get(origin)!;
      return [origin, zone.serial, baseSerial, overlay, recordsOfZone(zone)];
    }),
    lastSerials: [...state.lastSerials],
  };

const recordsOfZone = (zone: Zone): string[] =>
  [...zoneRecords(zone)]
    .map(({ name, type, ttl, data }) => `${name} ${type} ${ttl} ${Buffer.from(data).toString("hex")}`)
    .sort();
