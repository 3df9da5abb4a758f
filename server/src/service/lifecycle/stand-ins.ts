import { isAtOrBelow, nameData, txtData, TYPE } from "chancery/dns";
import {
  listRecords,
  listRecordsAt,
  listRecordsBySource,
  putRecords,
  removeRecordsOf,
  type ZoneRecord,
} from "../../engine/database/records.ts";
import type { Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { everyRow } from "../../engine/database/page.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { claimedBy, methodOf } from "../../model/delegation/delegation-methods.ts";
import type { CustomerRecord, MethodName } from "../../model/delegation/delegation.ts";
import { nsHostNames } from "../../model/delegation/issued-name.ts";
import { type MoveStage, zoneLeft } from "../../model/delegation/move.ts";
import { neededRecords } from "../../model/delegation/move-records.ts";
import { roleOf } from "../../model/key/key-role.ts";
import { isEditable, standInSource } from "../../model/zone/record-source.ts";
import { claimKeysOf, type LoadedDomain } from "./load-domain.ts";
import { type Placed, renewSoa, sourced, without, type ZoneContext } from "./zone-rows.ts";

/**
 * Brings the records that we answer for in the customer's place in step with what the move asks for: nobody sees what the customer publishes below a
 * delegation to us. `stage`: how far the move is. `withoutKey`: a key whose record is about to go. What somebody else put at a name stays.
 */
export async function keepStandIns(
  trx: Transaction,
  domain: LoadedDomain,
  context: ZoneContext,
  { stage = domain.move?.stage, withoutKey }: { stage?: MoveStage | undefined; withoutKey?: string } = {},
): Promise<void> {
  const zone = await zoneToLeave(trx, domain);
  const { move, row } = domain;
  if (zone === undefined || move === undefined || stage === "requested") return;
  const source = standInSource(row.id);
  const keys = claimKeysOf(domain).filter(({ id }) => id !== withoutKey);
  // The stored claim: its own method's records are not among those that are held.
  const claim = claimedBy(domain.claim, row.method);
  const held = neededRecords(claim, { ...move, stage: "asked" }, row.algorithms.map(roleOf), context.dns, keys);
  const wanted: Placed[] = [];
  for (const record of held.filter((one) => one.held)) {
    const others = (await listRecordsAt(trx, zone.id, record.name)).filter((one) => one.source !== source);
    if (others.length === 0) wanted.push(placed(record, context.policy.recordTtlSeconds));
  }
  const there = await listRecordsBySource(trx, zone.id, source);
  const [gone, added] = [without(there, wanted), without(wanted, there)];
  if (gone.length + added.length === 0) return;
  await removeRecordsOf(trx, zone.id, source, gone);
  await putRecords(trx, zone.id, sourced(source, added));
  await renewSoa(trx, zone, nsHostNames(claim, context.dns), context);
}

/** The move was given up: the customer's own records of the other method are no longer asked for. */
export async function removeStandIns(trx: Transaction, domain: LoadedDomain, context: ZoneContext): Promise<void> {
  const zone = await zoneToLeave(trx, domain);
  const there = zone === undefined ? [] : await listRecordsBySource(trx, zone.id, standInSource(domain.row.id));
  if (zone === undefined || there.length === 0) return;
  await removeRecordsOf(trx, zone.id, standInSource(domain.row.id), there);
  await renewSoa(trx, zone, nsHostNames(domain.claim, context.dns), context);
}

/** A zone that is left lies in the one that is kept: what others have there goes over, since the customer's own zone is asked for neither. */
export async function takeAlong(
  trx: Transaction,
  { claim, row }: LoadedDomain,
  kept: MethodName,
  left: MethodName,
  context: ZoneContext,
): Promise<void> {
  const [inner, outer] = [left, kept].map((method) => methodOf(method).ownZone(claimedBy(claim, method)));
  if (inner === undefined || outer === undefined || !isAtOrBelow(inner, outer)) return;
  const [from, to] = [await findZoneByOrigin(trx, inner), await findZoneByOrigin(trx, outer)];
  if (from?.domainId !== row.id || to?.domainId !== row.id) return;
  const taken: ZoneRecord[] = [];
  for await (const record of everyRow((page) => listRecords(trx, from.id, page)))
    if (isEditable(record.source) && (await listRecordsAt(trx, to.id, record.name)).length === 0) taken.push(record);
  if (taken.length === 0) return;
  await putRecords(trx, to.id, taken);
  await renewSoa(trx, to, nsHostNames(claim, context.dns), context);
}

/** The zone of ours that the claim's move leads out of, as far as it is there and the claim's. */
async function zoneToLeave(trx: Transaction, { claim, move, row }: LoadedDomain): Promise<ZoneRow | undefined> {
  const origin = move && zoneLeft(claim, move);
  const zone = origin === undefined ? undefined : await findZoneByOrigin(trx, origin);
  return zone?.domainId === row.id ? zone : undefined;
}

function placed({ name, type, data }: CustomerRecord, ttl: number): Placed {
  if (type === "TXT") return { name, type: TYPE.TXT, ttl, data: txtData(data.replace(/^"|"$/g, "")) };
  return { name, type: TYPE[type], ttl, data: nameData(data.replace(/\.$/, "")) };
}
