import { type ResourceRecord, TYPE, zoneRecords } from "chancery/dns";
import { appendAuditLog } from "../../../engine/database/audit-log.ts";
import { bumpChangeCounter } from "../../../engine/database/change-counter.ts";
import { newId } from "../../../engine/database/id.ts";
import { putRecords, removeRecords } from "../../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow } from "../../../engine/database/schema.ts";
import { transact } from "../../../engine/database/transact.ts";
import { forgetChanges } from "../../../engine/database/zone-changes.ts";
import { findZoneSigning } from "../../../engine/database/zone-keys.ts";
import { findZoneByOrigin, insertZone, raiseSerial, removeZone } from "../../../engine/database/zones.ts";
import type { StoredZone } from "../../../engine/zone-store/stored-zone.ts";
import type { StoreState } from "../../../engine/zone-store/store-state.ts";
import { Refusal } from "../../refusal.ts";
import { type Conflict, readChanges, recordsOfZone } from "./follow.ts";
import { covers, difference } from "./overlay.ts";

/** A conflict with what each side has and the other has not; SOA records are left out. */
export type Difference = Conflict & { onlyServed: ResourceRecord[]; onlyDatabase: ResourceRecord[] };

/**
 * `database`: its content is served, under a serial above everything served. `served`: what is served and missing in the database is put
 * into it first, so that nothing published goes; where the database has other records of that name and type, those of the database count.
 */
export type Decision = "database" | "served";

/** Every zone about which a person has to decide, for the name server whose files these are. */
export async function differences(db: Database, state: StoreState): Promise<Difference[]> {
  const { conflicts } = await readChanges(db, 0, state, () => []);
  const found: Difference[] = [];
  for (const conflict of conflicts) {
    const row = await findZoneByOrigin(db, conflict.origin);
    const theirs = row === undefined ? [] : withoutSoa(await recordsOfZone(db, row));
    const ours = publishedIn(state.zones.get(conflict.origin));
    const onlyServed = byName(difference(ours, theirs));
    found.push({ ...conflict, onlyServed, onlyDatabase: byName(difference(theirs, ours)) });
  }
  return found;
}

/** Carries a decision out in the database; name servers follow it as any change. Answers what was put into the database. */
export async function reconcile(
  db: Database,
  origin: string,
  decision: Decision,
  state: StoreState,
  { actor, now, serviceZone }: { actor: string; now: number; serviceZone: string | undefined },
): Promise<ResourceRecord[]> {
  const conflict = (await differences(db, state)).find((one) => one.origin === origin);
  if (conflict === undefined)
    throw new Refusal("not-found", `${origin} is served as the database has it: there is nothing to decide`);
  const kind = origin === serviceZone ? "service" : "operator";
  const opened = {
    id: newId("zon"),
    origin,
    kind,
    domainId: null,
    serial: conflict.served + 1,
    createdAt: now,
  } as const;
  return transact(db, async (trx) => {
    await bumpChangeCounter(trx); // what is read here stays so
    const row = await findZoneByOrigin(trx, origin, "also-removed");
    const isServed = state.zones.has(origin);
    let put: ResourceRecord[] = [];
    let zone = row;
    if (decision === "served" && !isServed) {
      await removeFrom(trx, row, now);
    } else if (decision === "served") {
      if (row === undefined || row.removedAt !== null) zone = await insertZone(trx, opened);
      put = await putMissing(trx, zone!, publishedIn(state.zones.get(origin)), state.zones.get(origin)!);
    } else if (row === undefined) {
      zone = await insertZone(trx, opened);
      await removeZone(trx, zone!.id, now);
    }
    const serial = await raiseSerial(trx, zone!.id, conflict.served + 1, now);
    await forgetChanges(trx, zone!.id, "anew");
    const detail = { decision, served: conflict.served, serial, put: put.length };
    await appendAuditLog(trx, { tenantId: null, at: now, actor, action: "zone.reconcile", subject: origin, detail });
    return put;
  });
}

async function removeFrom(trx: Transaction, row: ZoneRow | undefined, now: number): Promise<void> {
  if (row === undefined) return;
  await removeRecords(trx, row.id);
  await removeZone(trx, row.id, now);
}

/** What signing makes of a zone; a second set of it, that nobody renews, would make the denials of the first untrue. */
const madeBySigning: readonly number[] = [TYPE.RRSIG, TYPE.NSEC];

/**
 * Puts what is published and missing. A zone that the database does not have at all gets its SOA as well; one that the database signs gets its
 * signatures from there.
 */
async function putMissing(
  trx: Transaction,
  zone: ZoneRow,
  published: readonly ResourceRecord[],
  served: StoredZone,
): Promise<ResourceRecord[]> {
  const there = await recordsOfZone(trx, zone);
  const soa = [...zoneRecords(served.zone)].filter(({ type }) => type === TYPE.SOA);
  const isSigned = (await findZoneSigning(trx, zone.id)) !== undefined;
  const missing = [...published, ...soa].filter(
    (record) => !covers(there, record) && !(isSigned && madeBySigning.includes(record.type)),
  );
  await putRecords(
    trx,
    zone.id,
    missing.map((record) => ({ ...record, source: "kept" })),
  );
  return missing;
}

/** What the database had put there, as far as this name server knows: without what was overridden on it. */
function publishedIn(stored: StoredZone | undefined): ResourceRecord[] {
  if (stored === undefined) return [];
  const shown = [...zoneRecords(stored.zone)].filter((record) => !covers(stored.overlay, record));
  return withoutSoa([...shown, ...stored.overlay.flatMap(({ hidden }) => hidden)]);
}

const byName = (records: readonly ResourceRecord[]): ResourceRecord[] =>
  records.toSorted((a, b) => (a.name === b.name ? a.type - b.type : a.name < b.name ? -1 : 1));
const withoutSoa = (records: readonly ResourceRecord[]): ResourceRecord[] =>
  records.filter(({ type }) => type !== TYPE.SOA);
