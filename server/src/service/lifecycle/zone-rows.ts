import { newId } from "../../engine/database/id.ts";
import { listRecordsAt, putRecords, removeRecordsBySource, type ZoneRecord } from "../../engine/database/records.ts";
import type { Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { findZoneByOrigin, insertZone, moveZone, raiseSerial } from "../../engine/database/zones.ts";
import type { DnsSettings } from "../../model/delegation/delegation.ts";
import type { Seconds } from "../../model/seconds.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import { importSource, standInSource } from "../../model/zone/record-source.ts";
import { addressesOf, isWithin, nsOf, soaOf } from "../../model/zone-content.ts";

/** What the rows of a zone are made from. */
export type ZoneContext = { dns: DnsSettings; policy: TimingPolicy; now: Seconds };

/** A record of a zone, whoever puts it there. */
export type Placed = Omit<ZoneRecord, "source">;

export const sourced = (source: string, records: readonly Placed[]): ZoneRecord[] =>
  records.map((record) => ({ ...record, source }));

const lineOf = ({ name, type, data }: Placed): string => `${name} ${type} ${Buffer.from(data).toString("hex")}`;

/** Those of `records` that are not among `others`, whatever their TTLs. */
export function without<One extends Placed>(records: readonly One[], others: readonly Placed[]): One[] {
  const lines = new Set(others.map(lineOf));
  return records.filter((record) => !lines.has(lineOf(record)));
}

/** What a zone of our own says of its own name servers. Those named elsewhere have their addresses elsewhere. */
export function serviceApex({ dns, policy }: ZoneContext, origin: string): Placed[] {
  const hosts = dns.nameservers.map(({ name }) => name);
  const known = dns.nameservers.filter(({ name }) => isWithin(name, origin));
  const names = known.map(({ name }) => name);
  return [...nsOf(origin, hosts, policy), ...addressesOf(names, { ...dns, nameservers: known }, policy)];
}

/** A zone of our own, that of our targets and NS names if none is named; opened with its NS and addresses when it is not there yet. */
export async function openServiceZone(
  trx: Transaction,
  context: ZoneContext,
  origin: string = context.dns.zone,
): Promise<ZoneRow> {
  return openZone(trx, origin, null, context, sourced("ns", serviceApex(context, origin)));
}

/** A zone that a customer delegates to us, and the addresses of the names that the delegation uses, in the service zone. */
export async function openDelegatedZone(
  trx: Transaction,
  origin: string,
  domainId: string,
  hosts: readonly string[],
  context: ZoneContext,
): Promise<ZoneRow> {
  const { dns, policy } = context;
  const service = await openServiceZone(trx, context);
  const source = `ns-host:${domainId}`;
  const there = hosts[0] === undefined ? [] : await listRecordsAt(trx, service.id, hosts[0]);
  if (there.length === 0) {
    await putRecords(trx, service.id, sourced(source, addressesOf(hosts, dns, policy)));
    await renewSoa(
      trx,
      service,
      dns.nameservers.map(({ name }) => name),
      context,
    );
  }
  const apex = sourced("ns", nsOf(origin, hosts, policy));
  const zone = await openZone(trx, origin, domainId, context, apex);
  if (zone.kind === "delegated" && zone.domainId !== domainId) await takeOver(trx, zone, domainId, apex);
  return zone;
}

/**
 * The domain was released and is claimed anew: its zone is delegated under the new claim's names, and nothing stays of what the tenant
 * before put there. The keys of the released claim stay until its mail has arrived.
 */
async function takeOver(trx: Transaction, zone: ZoneRow, domainId: string, apex: readonly ZoneRecord[]): Promise<void> {
  await moveZone(trx, zone.id, domainId);
  const former = zone.domainId ?? "";
  for (const source of ["ns", "user", importSource(former), standInSource(former)])
    await removeRecordsBySource(trx, zone.id, source);
  await putRecords(trx, zone.id, apex);
}

async function openZone(
  trx: Transaction,
  origin: string,
  domainId: string | null,
  context: ZoneContext,
  records: readonly ZoneRecord[],
): Promise<ZoneRow> {
  const there = await findZoneByOrigin(trx, origin);
  if (there !== undefined) return there;
  const kind = domainId === null ? "service" : "delegated";
  const zone = await insertZone(trx, { id: newId("zon"), origin, kind, domainId, serial: 1, createdAt: context.now });
  if (zone === undefined) return openZone(trx, origin, domainId, context, records); // somebody was faster
  await putRecords(trx, zone.id, records);
  return zone;
}

/** Raises the serial and writes it into the zone's SOA record. The last statement of every change of a zone; answers the serial. */
export async function renewSoa(
  trx: Transaction,
  zone: Pick<ZoneRow, "id" | "origin">,
  hosts: readonly string[],
  { dns, policy, now }: ZoneContext,
): Promise<number> {
  const serial = await raiseSerial(trx, zone.id, 0, now);
  await removeRecordsBySource(trx, zone.id, "soa");
  await putRecords(trx, zone.id, sourced("soa", [soaOf(zone.origin, hosts, serial, dns, policy)]));
  return serial;
}
