import { buildZone, parseZoneFile, type ResourceRecord, TYPE, type Zone } from "chancery/dns";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { bumpChangeCounter } from "../../engine/database/change-counter.ts";
import { newId } from "../../engine/database/id.ts";
import { everyRow } from "../../engine/database/page.ts";
import { listRecords, putRecords, removeRecords, type ZoneRecord } from "../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin, insertZone, raiseSerial } from "../../engine/database/zones.ts";
import { timingPresets, type TimingPolicy } from "../../model/rotation/timing-policy.ts";
import type { RrsetDifference } from "../../model/zone/change.ts";
import { type ChangedRrset, differencesBetween, shownDifference } from "../../model/zone/difference.ts";
import { isOfZoneKeys } from "../../model/zone/record-source.ts";
import { type Rrset, rrsetsOf } from "../../model/zone/rrset.ts";
import { problemsAt, rulesBesideKeys } from "../../model/zone/rules.ts";
import { lookupOf } from "../../model/zone/zone-lookup.ts";
import { Refusal } from "../refusal.ts";
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
/** A file beside the zone as it stands. `left`: how many records of the file do not count. */
type Compared = Omit<Read, "origin"> & { sets: Rrset[]; differences: RrsetDifference[]; left: number; row: ZoneRow };

/** What the signer of a zone puts into it (RFC 4034, 5155, 7344). */
const signersTypes: readonly number[] = [
  TYPE.DNSKEY,
  TYPE.CDS,
  TYPE.CDNSKEY,
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.NSEC3,
  TYPE.NSEC3PARAM,
];

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
  const { origin } = read;
  const work = async (at: Database): Promise<Compared> => {
    const before = await findZoneByOrigin(at, origin);
    if (before !== undefined && before.kind !== "operator")
      throw new Refusal(
        "zone-unservable",
        `${origin} is a zone that Chancery itself fills; it cannot be replaced by a file`,
      );
    const there = before === undefined ? [] : await zoneRows(at, before);
    const ofKeys = there.filter(({ source }) => isOfZoneKeys(source));
    const { zone, records, left } = ofKeys.length === 0 ? { ...read, left: 0 } : withoutKeys(read);
    const sets = rrsetsOf(records);
    const differences = differencesBetween(rrsetsOf(there.filter((record) => !ofKeys.includes(record))), sets);
    const compared = { zone, records, sets, differences, left };
    if (dryRun) return { ...compared, row: before ?? notYet(origin, zone.serial, now) };
    const row = await write(at as Transaction, before, { origin, zone, records }, differences, ofKeys, now);
    await appendAuditLog(at as Transaction, {
      tenantId: null,
      at: now,
      actor,
      action: "zone.import",
      subject: origin,
      detail: { serial: row.serial, records: records.length, differing: differences.length },
    });
    return { ...compared, row };
  };
  const alone = async (trx: Transaction): Promise<Compared> => {
    await bumpChangeCounter(trx); // what the file is compared with stays so until it is written
    return work(trx);
  };
  const { row, zone, records, sets, differences, left } = dryRun ? await work(db) : await transact(db, alone);
  const lookup = lookupOf(origin, sets);
  const names = [...new Set(sets.map(({ name }) => name))].slice(0, namesLookedAtMax);
  const context = { editor: "operator", wildcardKeys: "refused", policy } as const;
  const doubts = problemsAt(names, lookup, context, rulesBesideKeys).slice(0, warningsMax);
  return {
    ...(await withCount(db, row)),
    ...(dryRun && { records: zone.recordCount }),
    warnings: [
      ...(left > 0
        ? [`${left} records of zone keys and signatures were left out: Chancery signs ${origin} itself`]
        : []),
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

/** A file for a zone that Chancery signs: what an export had of keys and signatures is not taken for the operator's. */
function withoutKeys({ origin, zone, records }: Read): Read & { left: number } {
  const rest = records.filter(({ type }) => !signersTypes.includes(type));
  const built = rest.length === records.length ? undefined : buildZone(origin, rest);
  return { origin, zone: built?.ok === true ? built.value : zone, records: rest, left: records.length - rest.length };
}

async function zoneRows(db: Database, row: ZoneRow): Promise<ZoneRecord[]> {
  const records: ZoneRecord[] = [];
  for await (const record of everyRow((page) => listRecords(db, row.id, page))) records.push(record);
  return records;
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
  ofKeys: readonly ZoneRecord[],
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
    await putRecords(trx, before.id, [...imported, ...ofKeys]);
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
