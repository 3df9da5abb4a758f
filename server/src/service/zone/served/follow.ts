import { setImmediate } from "node:timers/promises";
import { diffZones, isSerialAfter, readSoa, type ResourceRecord, soaData, TYPE, ZoneAssembly } from "chancery/dns";
import { everyRow } from "../../../engine/database/page.ts";
import { listRecords } from "../../../engine/database/records.ts";
import type { Database, ZoneRow } from "../../../engine/database/schema.ts";
import { zoneHistory, type ZoneVersion } from "../../../engine/database/zone-changes.ts";
import { listUnsignedZones } from "../../../engine/database/zone-keys.ts";
import { listZonesChangedAfter } from "../../../engine/database/zones.ts";
import type { OverlaidSet, StoredZone } from "../../../engine/zone-store/stored-zone.ts";
import type { StoreState } from "../../../engine/zone-store/store-state.ts";
import type { ZoneStep } from "../../../engine/zone-store/store-change.ts";
import { passedOn } from "./condense.ts";
import { followVersion, type Override, servedSerial, shownOf } from "./overlay.ts";

/** Comparing two versions of a larger zone takes longer than a transfer of it is worth. */
const comparedRecordsMax = 50_000;
const recordsPerTurn = 1000;
const versionsPerTurn = 20;

/**
 * Why what the database says of a zone is not taken over. `behind`: its serial is before the one that was taken from it. `other`: its
 * serial is past that one, but it never had it. `missing`: it does not know the zone at all. In each case it is an older copy of the
 * database that was followed, or another one, and only a person can say which content is right.
 */
export type Conflict = {
  origin: string;
  why: "behind" | "other" | "missing";
  served: number;
  database: number | undefined;
};

/** What a look at the database comes to. All of it is of one moment. */
export type Reading = {
  steps: ZoneStep[];
  /** Zones that cannot be built: the last good version stays. */
  unservable: { origin: string; problem: string }[];
  conflicts: Conflict[];
  /** Every zone that was looked at. */
  origins: Set<string>;
};

/**
 * Reads the zones that changed after change number `after`, with 0 all of them: the changes of each where the database still has them, else
 * the whole zone. Nothing that is served goes because the database does not know it.
 */
export async function readChanges(
  db: Database,
  after: number,
  state: Pick<StoreState, "zones" | "lastSerials">,
  overridesOf: (origin: string) => readonly Override[],
): Promise<Reading> {
  const reading: Reading = { steps: [], unservable: [], conflicts: [], origins: new Set() };
  await db
    .transaction()
    .setAccessMode("read only")
    .setIsolationLevel("repeatable read")
    .execute(async (trx) => {
      const unsigned = await listUnsignedZones(trx);
      for await (const row of everyRow<ZoneRow>((page) => listZonesChangedAfter(trx, after, page))) {
        reading.origins.add(row.origin);
        // Signing makes another change: a version in which signatures are missing is never served.
        if (unsigned.has(row.id) && row.removedAt === null) continue;
        await readZone(trx, row, state, overridesOf(row.origin), reading);
      }
    });
  if (after > 0) return reading;
  for (const [origin, { zone }] of state.zones)
    if (!reading.origins.has(origin))
      reading.conflicts.push({ origin, why: "missing", served: zone.serial, database: undefined });
  return reading;
}

async function readZone(
  db: Database,
  row: ZoneRow,
  state: Pick<StoreState, "zones" | "lastSerials">,
  overrides: readonly Override[],
  { steps, unservable, conflicts }: Reading,
): Promise<void> {
  const { origin, serial } = row;
  const there = state.zones.get(origin);
  const conflict = (why: Conflict["why"], served: number): unknown =>
    conflicts.push({ origin, why, served, database: serial });
  if (there === undefined) {
    if (row.removedAt !== null) return;
    const last = state.lastSerials.get(origin);
    if (last !== undefined && !isSerialAfter(serial, last)) return void conflict("behind", last);
    await readWhole(db, row, undefined, overrides, steps, unservable);
    return;
  }
  if (serial !== there.baseSerial && !isSerialAfter(serial, there.baseSerial))
    return void conflict("behind", there.zone.serial);
  if (serial === there.baseSerial && row.removedAt === null) return;
  const history = serial === there.baseSerial ? undefined : await zoneHistory(db, row.id, there.baseSerial);
  if (history?.since === "other") return void conflict("other", there.zone.serial);
  if (row.removedAt !== null) return void steps.push({ kind: "removed", origin });
  const followed = history?.since === "kept" ? await followVersions(there, passedOn(history.versions)) : undefined;
  if (followed !== undefined) steps.push(...followed);
  else await readWhole(db, row, there, overrides, steps, unservable);
}

/** Undefined when the versions do not fit: then the whole zone is read. */
async function followVersions(from: StoredZone, versions: readonly ZoneVersion[]): Promise<ZoneStep[] | undefined> {
  const steps: ZoneStep[] = [];
  let at = from;
  for (const [index, version] of versions.entries()) {
    if (index % versionsPerTurn === versionsPerTurn - 1) await setImmediate();
    const step = followVersion(at, version);
    if (typeof step === "string" || step.kind === "removed") return undefined;
    steps.push(step);
    at = step.next;
  }
  return steps;
}

/** A zone that cannot be built is named, never half served; one that was not filled yet would say that keys do not exist. */
async function readWhole(
  db: Database,
  row: ZoneRow,
  there: StoredZone | undefined,
  overrides: readonly Override[],
  steps: ZoneStep[],
  unservable: Reading["unservable"],
): Promise<void> {
  const serial = there === undefined ? row.serial : servedSerial(row.serial, there.zone.serial);
  const assembly = new ZoneAssembly(row.origin);
  const overlaid: OverlaidSet[] = overrides.map((one) => ({ ...one, hidden: [] }));
  let isFilled = false;
  for (let after: string | undefined; ;) {
    const page = await listRecords(db, row.id, { after, limit: recordsPerTurn });
    isFilled ||= page.rows.length > 0;
    assembly.add(shownOf(page.rows, overlaid, serial));
    await setImmediate(); // SQLite answers without letting anything else run
    if (page.next === undefined) break;
    after = page.next;
  }
  if (!isFilled) return;
  assembly.add(overrides.flatMap((one) => one.records));
  const zone = await inTurns(assembly.finish());
  if (!zone.ok) return void unservable.push({ origin: row.origin, problem: zone.problem });
  const next = { zone: zone.value, baseSerial: row.serial, overlay: overlaid };
  const isSmall = there !== undefined && Math.max(there.zone.recordCount, zone.value.recordCount) <= comparedRecordsMax;
  steps.push(
    isSmall ? { kind: "changed", next, delta: diffZones(there.zone, zone.value) } : { kind: "replaced", next },
  );
}

/** Runs to the end what stops now and then, so that queries are answered in between. */
async function inTurns<T>(turns: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const { done, value } = turns.next();
    if (done === true) return value;
    await setImmediate();
  }
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
