import { buildZone, parseZoneFile, type ResourceRecord, type Zone } from "chancery/dns";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { newId } from "../../engine/database/id.ts";
import { putRecords, removeRecords } from "../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin, insertZone, raiseSerial } from "../../engine/database/zones.ts";
import { timingPresets, type TimingPolicy } from "../../model/timing-policy.ts";
import type { RrsetDifference } from "../../model/zone/change.ts";
import { type ChangedRrset, differencesBetween, shownDifference } from "../../model/zone/difference.ts";
import { rrsetsOf } from "../../model/zone/rrset.ts";
import { problemsAt, rulesBesideKeys } from "../../model/zone/rules.ts";
import { lookupOf } from "../../model/zone/zone-lookup.ts";
import { Refusal } from "../refusal.ts";
import { recordsOfZone } from "./follow.ts";
import { zoneWarnings } from "./warnings.ts";
import { writeDifferences } from "./write-differences.ts";
import { originOf, withCount, type ZoneView } from "./zones.ts";

/** `differing`: how many RRsets differ from what was there; `changes` are the first of them, in a dry run. */
export type ImportedZone = ZoneView & { warnings: string[]; differing: number; changes: ChangedRrset[] };

/** With more to change the zone is written anew. Followers then read all of it. */
const differencesWrittenMax = 500;
const differencesShownMax = 1000;
/** An import answers within two seconds; the linter itself takes its time. */
const namesLookedAtMax = 20_000;
const warningsMax = 50;

/** `dryRun`: tell what would differ. `policy`: what TTLs are held against; absent: the default one. */
type ImportOptions = { dryRun?: boolean; policy?: TimingPolicy };
type Read = { origin: string; zone: Zone; records: ResourceRecord[] };

/**
 * Serves a zone file as an operator zone. Only what cannot be served is refused; doubtful content is a warning. TTLs and
 * SOA are served as given, serial included; importing again changes what differs, and the serial never goes down.
 */
export async function importZone(
  db: Database,
  written: string,
  text: string,
  actor: string,
  now: number,
  { dryRun = false, policy = timingPresets.default }: ImportOptions = {},
): Promise<ImportedZone> {
  const read = readZone(originOf(written), text);
  const { origin, zone, records } = read;
  const sets = rrsetsOf(records);
  const work = async (at: Database): Promise<{ row: ZoneRow; differences: RrsetDifference[] }> => {
    const before = await findZoneByOrigin(at, origin);
    if (before !== undefined && before.kind !== "operator")
      throw new Refusal(
        "zone-unservable",
        `${origin} is a zone that Chancery itself fills; it cannot be replaced by a file`,
      );
    const there = before === undefined ? [] : rrsetsOf(await recordsOfZone(at, before));
    const differences = differencesBetween(there, sets);
    if (dryRun) return { row: before ?? notYet(origin, zone.serial, now), differences };
    const row = await write(at as Transaction, before, read, differences, now);
    await appendAuditLog(at as Transaction, {
      tenantId: null,
      at: now,
      actor,
      action: "zone.import",
      subject: origin,
      detail: { serial: row.serial, records: records.length, differing: differences.length },
    });
    return { row, differences };
  };
  const { row, differences } = dryRun ? await work(db) : await transact(db, work);
  const lookup = lookupOf(origin, sets);
  const names = [...new Set(sets.map(({ name }) => name))].slice(0, namesLookedAtMax);
  const context = { editor: "operator", wildcardKeys: "refused", policy } as const;
  const doubts = problemsAt(names, lookup, context, rulesBesideKeys).slice(0, warningsMax);
  return {
    ...(await withCount(db, row)),
    ...(dryRun && { records: zone.recordCount }),
    warnings: [
      ...zone.warnings,
      ...zoneWarnings(records),
      ...doubts.map(({ name, problem, remedy }) => `${name}: ${problem}; ${remedy}`),
    ],
    differing: differences.length,
    changes: dryRun ? differences.slice(0, differencesShownMax).map(shownDifference) : [],
  };
}

function readZone(origin: string, text: string): Read {
  const parsed = parseZoneFile(text, { origin });
  if (!parsed.ok) throw new Refusal("zone-unservable", parsed.problem);
  const zone = buildZone(origin, parsed.value);
  if (!zone.ok) throw new Refusal("zone-unservable", `${origin}: ${zone.problem}`);
  return { origin, zone: zone.value, records: parsed.value };
}

/** What a dry run says of a zone that is not there. */
const notYet = (origin: string, serial: number, now: number): ZoneRow => ({
  id: "",
  origin,
  kind: "operator",
  domainId: null,
  serial,
  createdAt: now,
  removedAt: null,
  changedIn: 0,
});

async function write(
  trx: Transaction,
  before: ZoneRow | undefined,
  { origin, zone, records }: Read,
  differences: readonly RrsetDifference[],
  now: number,
): Promise<ZoneRow> {
  const imported = records.map((record) => ({ ...record, source: "import" }));
  if (before === undefined) {
    const row = await open(trx, origin, zone.serial, now);
    await putRecords(trx, row.id, imported);
    return row;
  }
  if (differences.length === 0 && zone.serial <= before.serial) return before;
  if (differences.length <= differencesWrittenMax) await writeDifferences(trx, before.id, differences, "import");
  else {
    await removeRecords(trx, before.id);
    await putRecords(trx, before.id, imported);
  }
  return { ...before, serial: await raiseSerial(trx, before.id, zone.serial, 0) };
}

async function open(trx: Transaction, origin: string, serial: number, now: number): Promise<ZoneRow> {
  const row = await insertZone(trx, {
    id: newId("zon"),
    origin,
    kind: "operator",
    domainId: null,
    serial,
    createdAt: now,
  });
  if (row === undefined) throw new Refusal("already-exists", `${origin} is being imported by someone else`);
  return row;
}
