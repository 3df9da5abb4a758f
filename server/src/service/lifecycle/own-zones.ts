import { findDomain } from "../../engine/database/domains.ts";
import { issueName } from "../../engine/database/issued-names.ts";
import { everyRow } from "../../engine/database/page.ts";
import { listRecordsBySource, putRecords, removeRecordsBySource } from "../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin, listZones } from "../../engine/database/zones.ts";
import { claimOf } from "../../model/delegation/delegation-methods.ts";
import { nsHostNames } from "../../model/delegation/issued-name.ts";
import { addressesOf, nsOf } from "../../model/zone-content.ts";
import { openServiceZone, type Placed, renewSoa, serviceApex, sourced, type ZoneContext } from "./zone-rows.ts";

/**
 * Opens the zones of our own if they are not there, so that their delegation can be tried before the first key; and brings
 * what our zones say of our own name servers in line with the settings, in every zone that a customer delegated as well.
 * Answers the origins of the zones that changed. An operator's zone of such a name is left alone.
 */
export async function refreshOwnZones(db: Database, context: ZoneContext): Promise<string[]> {
  if ((await findZoneByOrigin(db, context.dns.zone))?.kind === "operator") return [];
  const delegated: ZoneRow[] = [];
  const holding = new Set(context.dns.heldZone === undefined ? [] : [context.dns.heldZone]);
  for await (const zone of everyRow((page) => listZones(db, page))) {
    if (zone.kind === "delegated") delegated.push(zone);
    if (zone.kind === "service" && zone.origin !== context.dns.zone) holding.add(zone.origin);
  }
  return transact(db, async (trx) => {
    const held: string[] = [];
    for (const origin of holding) held.push(...(await refreshHoldingZone(trx, origin, context)));
    const before = await findZoneByOrigin(trx, context.dns.zone);
    const service = await openServiceZone(trx, context);
    const apex = serviceApex(context, service.origin);
    let changed = (await replaced(trx, service, "ns", apex)) || before === undefined;
    const origins: string[] = [];
    for (const zone of delegated) {
      const hosts = await hostsOf(trx, zone, context);
      if (hosts === undefined) continue;
      const { dns, policy } = context;
      if (await replaced(trx, service, `ns-host:${zone.domainId}`, addressesOf(hosts, dns, policy))) changed = true;
      if (!(await replaced(trx, zone, "ns", nsOf(zone.origin, hosts, policy)))) continue;
      await renewSoa(trx, zone, hosts, context);
      origins.push(zone.origin);
    }
    if (changed) await renewSoa(trx, service, namesOf(context), context);
    return [...(changed ? [service.origin] : []), ...held, ...origins];
  });
}

const namesOf = ({ dns }: ZoneContext): string[] => dns.nameservers.map(({ name }) => name);

/** A zone of names that we hold for others, in these settings or in earlier ones. */
async function refreshHoldingZone(trx: Transaction, origin: string, context: ZoneContext): Promise<string[]> {
  if (origin === context.dns.zone) return [];
  const before = await findZoneByOrigin(trx, origin);
  if (before !== undefined && before.kind !== "service") return [];
  const zone = await openServiceZone(trx, context, origin);
  if (!(await replaced(trx, zone, "ns", serviceApex(context, origin))) && before !== undefined) return [];
  await renewSoa(trx, zone, namesOf(context), context);
  return [origin];
}

/** The names under which a customer's delegation knows our servers; one that is new is bound to the claim for ever. */
async function hostsOf(trx: Transaction, zone: ZoneRow, { dns, now }: ZoneContext): Promise<string[] | undefined> {
  const owner = await trx
    .selectFrom("domains")
    .select(["id", "tenantId"])
    .where("id", "=", zone.domainId)
    .executeTakeFirst();
  const row = owner && (await findDomain(trx, owner.tenantId, owner.id));
  const claim = row && claimOf(row);
  if (row === undefined || claim === undefined) return undefined;
  const hosts = nsHostNames(claim, dns);
  for (const [index, name] of hosts.entries())
    await issueName(trx, { name, domainId: row.id, purpose: "ns-host", slot: index + 1, issuedAt: now });
  return hosts;
}

/** Replaces what a source has in a zone, unless it is the same already. */
async function replaced(trx: Transaction, zone: ZoneRow, source: string, wanted: readonly Placed[]): Promise<boolean> {
  const there = await listRecordsBySource(trx, zone.id, source);
  if (lines(there) === lines(wanted)) return false;
  await removeRecordsBySource(trx, zone.id, source);
  await putRecords(trx, zone.id, sourced(source, wanted));
  return true;
}

const lines = (records: readonly Placed[]): string =>
  records
    .map(({ name, type, ttl, data }) => `${name} ${type} ${ttl} ${Buffer.from(data).toString("hex")}`)
    .sort()
    .join("\n");
