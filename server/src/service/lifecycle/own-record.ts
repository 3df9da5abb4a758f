import { bumpChangeCounter } from "../../engine/database/change-counter.ts";
import {
  listRecordsAt,
  putRecords,
  removeRecords,
  removeRecordsBySource,
  removeRecordsOf,
} from "../../engine/database/records.ts";
import type { Database, KeyRow, Transaction } from "../../engine/database/schema.ts";
import { findZoneByOrigin, raiseSerial, removeZone } from "../../engine/database/zones.ts";
import {
  type DnsSettings,
  isKeptByCustomer,
  type KeyPlace,
  type MethodName,
} from "../../model/delegation/delegation.ts";
import { isMethodName, methodOf } from "../../model/delegation/delegation-methods.ts";
import { hides } from "../../model/delegation/move.ts";
import { nsHostNames } from "../../model/delegation/issued-name.ts";
import { revokedTextOf } from "../../model/key/key-revocation.ts";
import { importSource } from "../../model/zone/record-source.ts";
import { keyRecordAt } from "../../model/zone-content.ts";
import type { LoadedDomain } from "./load-domain.ts";
import { openDelegatedZone, openServiceZone, renewSoa, type ZoneContext } from "./zone-rows.ts";

/** The zone of a key's record, and the serial from which on the change is in it. */
export type Changed = { zone: string; serial: number };

/**
 * Why our records cannot go where they belong: an operator imported a zone of that name. The next import would take the keys
 * out again, with mail in flight.
 */
export async function zoneFault(
  db: Database,
  domain: LoadedDomain,
  key: KeyRow,
  dns: DnsSettings,
): Promise<string | undefined> {
  for (const origin of new Set([dns.zone, sharedZoneOf(domain, key, dns), ownZoneOf(domain, key)])) {
    const zone = origin === undefined ? undefined : await findZoneByOrigin(db, origin);
    if (zone?.kind === "operator")
      return `the zone ${zone.origin} was imported: remove it, and Chancery fills it by itself`;
  }
  return undefined;
}

/** Puts the key's record into our zone, which is opened if need be. A record that the customer keeps is asked for by being shown. */
export async function putKeyRecord(
  trx: Transaction,
  domain: LoadedDomain,
  key: KeyRow,
  context: ZoneContext,
): Promise<Changed> {
  if (isKept(key)) return { zone: domain.row.name, serial: 0 };
  const { dns, policy } = context;
  const origin = ownZoneOf(domain, key);
  const hosts = hostsOf(domain, origin, context);
  const zone =
    origin === undefined
      ? await openServiceZone(trx, context, sharedZoneOf(domain, key, dns))
      : await openDelegatedZone(trx, origin, domain.row.id, hosts, context);
  const source = `key:${key.id}`;
  const there = await listRecordsAt(trx, zone.id, key.recordName);
  const other = there.find((record) => record.source !== source);
  if (other !== undefined) throw new Error(`${key.recordName} is to hold ${source} and still holds ${other.source}`);
  // What stands there already says `p=` when the key comes back.
  if (there.length > 0) await removeRecordsBySource(trx, zone.id, source);
  await putRecords(trx, zone.id, [{ ...keyRecordAt(key.recordName, key.record, policy), source }]);
  return { zone: zone.origin, serial: await renewSoa(trx, zone, hosts, { ...context, dns }) };
}

/** Whether any record stands at the place of a key that is yet to be made. */
export async function isNameTaken(db: Database, place: Pick<KeyPlace, "zone" | "recordName">): Promise<boolean> {
  const zone = await findZoneByOrigin(db, place.zone);
  return zone !== undefined && (await listRecordsAt(db, zone.id, place.recordName)).length > 0;
}

/** Puts the empty `p=` in place of the key's record. One that the customer keeps is asked to go. */
export async function emptyKeyRecord(
  trx: Transaction,
  domain: LoadedDomain,
  key: KeyRow,
  context: ZoneContext,
  origin: string,
): Promise<Changed> {
  if (isKept(key)) return { zone: domain.row.name, serial: 0 };
  const zone = await findZoneByOrigin(trx, origin);
  if (zone === undefined) return { zone: origin, serial: 0 }; // the whole zone is gone, and the record with it
  const source = `key:${key.id}`;
  await removeRecordsBySource(trx, zone.id, source);
  await putRecords(trx, zone.id, [
    { ...keyRecordAt(key.recordName, revokedTextOf(key.record), context.policy), source },
  ]);
  return { zone: origin, serial: await renewSoa(trx, zone, hostsOf(domain, ownZoneOf(domain, key), context), context) };
}

/** Takes the key's record out of our zone. One that the customer keeps is no longer among those we ask for. */
export async function removeKeyRecord(
  trx: Transaction,
  domain: LoadedDomain,
  key: KeyRow,
  context: ZoneContext,
  origin: string,
): Promise<Changed> {
  await removeCarried(trx, domain, key, context);
  if (isKept(key)) return { zone: domain.row.name, serial: 0 };
  const zone = await findZoneByOrigin(trx, origin);
  if (zone === undefined) return { zone: origin, serial: 0 }; // the whole zone is gone, and the record with it
  await removeRecordsBySource(trx, zone.id, `key:${key.id}`);
  return { zone: origin, serial: await renewSoa(trx, zone, hostsOf(domain, ownZoneOf(domain, key), context), context) };
}

/**
 * A key of an earlier method whose name lies in the zone that the claim moved to was carried over with the selectors of
 * others. It goes with the key.
 */
const removeCarried = (trx: Transaction, domain: LoadedDomain, key: KeyRow, context: ZoneContext): Promise<void> =>
  removeCarriedAt(trx, domain, [key.keyName], context);

/** So does what was carried over of a method that was left for good: the customer's records of it are over. */
export async function removeCarriedAt(
  trx: Transaction,
  domain: LoadedDomain,
  names: readonly string[],
  context: ZoneContext,
): Promise<void> {
  const origin = hides(domain.method) ? domain.method.ownZone(domain.claim) : undefined;
  const zone = origin === undefined ? undefined : await findZoneByOrigin(trx, origin);
  if (origin === undefined || zone?.domainId !== domain.row.id) return;
  const source = importSource(domain.row.id);
  const there = await Promise.all(names.map((name) => listRecordsAt(trx, zone.id, name)));
  const carried = there.flat().filter((record) => record.source === source);
  if (carried.length === 0) return;
  await removeRecordsOf(trx, zone.id, source, carried);
  await renewSoa(trx, zone, hostsOf(domain, origin, context), context);
}

/**
 * Stops serving every zone that the customer delegated for the claim, but that of the method which is `kept`: what is asked for there is REFUSED from then
 * on, here and at the secondaries. One that another claim has taken over stays. A zone's serial is remembered, for the day on which it comes back.
 */
export async function closeDelegatedZones(
  trx: Transaction,
  { claim, row, move, keyRows }: LoadedDomain,
  context: ZoneContext,
  kept?: MethodName,
): Promise<void> {
  // The zone of a move's target may be there before any key of it: it was filled with the selectors of others.
  const ofMove = move === undefined ? [] : [move.from, move.to];
  const methods = new Set<string>([claim.method, ...ofMove, ...keyRows.map(({ method }) => method)]);
  const zoneOf = (method: MethodName): string | undefined => methodOf(method).ownZone({ ...claim, method });
  const stays = kept && zoneOf(kept);
  await bumpChangeCounter(trx); // whose the zones are stays so
  let closed = false;
  for (const method of [...methods].filter(isMethodName)) {
    const origin = zoneOf(method);
    const zone = origin === undefined || origin === stays ? undefined : await findZoneByOrigin(trx, origin);
    if (zone?.kind !== "delegated" || zone.domainId !== row.id) continue;
    await removeRecords(trx, zone.id);
    await raiseSerial(trx, zone.id, 0, context.now);
    await removeZone(trx, zone.id, context.now);
    closed = true;
  }
  if (!closed || stays !== undefined) return; // the names of our servers are those of the zone that stays
  const service = await openServiceZone(trx, context);
  await removeRecordsBySource(trx, service.id, `ns-host:${row.id}`);
  await renewSoa(
    trx,
    service,
    context.dns.nameservers.map(({ name }) => name),
    context,
  );
}

/** Whether the customer publishes the record of a key. */
export const isKept = ({ method, ...key }: KeyRow): boolean =>
  isMethodName(method) && isKeptByCustomer(methodOf(method), key);

/** The zone that only this claim uses, if the method the key was made under has one. */
const ownZoneOf = ({ claim }: LoadedDomain, { method }: KeyRow): string | undefined =>
  isMethodName(method) ? methodOf(method).ownZone({ ...claim, method }) : undefined;

const sharedZoneOf = ({ claim }: LoadedDomain, { method }: KeyRow, dns: DnsSettings): string =>
  isMethodName(method) ? methodOf(method).sharedZone({ ...claim, method }, dns) : dns.zone;

/** The names under which the world knows our servers in the zone that holds the key. */
const hostsOf = ({ claim }: LoadedDomain, ownZone: string | undefined, { dns }: ZoneContext): string[] =>
  ownZone === undefined ? dns.nameservers.map(({ name }) => name) : nsHostNames(claim, dns);
