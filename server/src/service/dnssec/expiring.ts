import { firstExpiration, type ResourceRecord, TYPE, type Zone, zoneRecords } from "chancery/dns";
import { expiryAlarmSeconds } from "../../model/dnssec/zone-alarm.ts";
import type { Seconds } from "../../model/seconds.ts";

/** Of zones that hold their signatures, those whose first one ends too soon: seen in what is served, whatever became of the database (F-29). */
export function expiringZones(zones: Iterable<Zone>, now: Seconds): { origin: string; expiresAt: Seconds }[] {
  const expiring: { origin: string; expiresAt: Seconds }[] = [];
  for (const zone of zones) {
    const expiresAt = isSignedItself(zone) ? firstExpiration(zoneRecords(zone), now) : undefined;
    if (expiresAt !== undefined && expiresAt - now < expiryAlarmSeconds)
      expiring.push({ origin: zone.origin, expiresAt });
  }
  return expiring;
}

/** Whether a zone holds its signatures. The records of the apex come first. */
export function isSignedItself(zone: Zone): boolean {
  for (const { name, type } of zoneRecords(zone) as Iterable<ResourceRecord>) {
    if (name !== zone.origin) return false;
    if (type === TYPE.RRSIG) return true;
  }
  return false;
}
