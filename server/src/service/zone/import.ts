import { buildZone, parseZoneFile, readSoa, type ResourceRecord, TYPE, typeName } from "chancery/dns";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { newId } from "../../engine/database/id.ts";
import { listRecordsBySource, putRecords, removeRecords } from "../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneSigning } from "../../engine/database/zone-keys.ts";
import { findZoneByOrigin, insertZone, raiseSerial } from "../../engine/database/zones.ts";
import { Refusal } from "../refusal.ts";
import { recordsOfZone } from "./follow.ts";
import { zoneWarnings } from "./warnings.ts";
import { originOf, withCount, type ZoneView } from "./zones.ts";

export type ImportedZone = ZoneView & { warnings: string[] };

/**
 * Serves a zone file as an operator zone. Only what cannot be served is refused; doubtful content is a warning. TTLs and
 * SOA are served as given, serial included; importing again replaces the records, and the serial never goes down.
 */
export async function importZone(
  db: Database,
  written: string,
  text: string,
  actor: string,
  now: number,
): Promise<ImportedZone> {
  const origin = originOf(written);
  const parsed = parseZoneFile(text, { origin });
  if (!parsed.ok) throw new Refusal("zone-unservable", parsed.problem);
  const zone = buildZone(origin, parsed.value);
  if (!zone.ok) throw new Refusal("zone-unservable", `${origin}: ${zone.problem}`);
  const { serial } = zone.value;
  const leftOut = new Set<ResourceRecord>();
  const row = await transact(db, async (trx) => {
    const before = await findZoneByOrigin(trx, origin);
    if (before !== undefined && before.kind !== "operator")
      throw new Refusal(
        "zone-unservable",
        `${origin} is a zone that Chancery itself fills; it cannot be replaced by a file`,
      );
    leftOut.clear();
    if (before !== undefined && (await findZoneSigning(trx, before.id)) !== undefined)
      for (const record of parsed.value) if (madeBySigning.includes(record.type)) leftOut.add(record);
    const records = parsed.value.filter((record) => !leftOut.has(record));
    const stored =
      before === undefined ? await open(trx, origin, serial, now) : await replace(trx, before, records, serial);
    if (stored !== before)
      await putRecords(
        trx,
        stored.id,
        records.map((record) => ({ ...record, source: "import" })),
      );
    await appendAuditLog(trx, {
      tenantId: null,
      at: now,
      actor,
      action: "zone.import",
      subject: origin,
      detail: { serial: stored.serial, records: parsed.value.length },
    });
    return stored;
  });
  const notes =
    leftOut.size === 0
      ? []
      : [`${leftOut.size} DNSSEC records of the file were left out: Chancery signs the zone with keys of its own`];
  return { ...(await withCount(db, row)), warnings: [...notes, ...zone.value.warnings, ...zoneWarnings(parsed.value)] };
}

/** What is made of a zone's keys, and stays when its other records are replaced. */
const madeBySigning: readonly number[] = [
  TYPE.DNSKEY,
  TYPE.CDS,
  TYPE.CDNSKEY,
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.NSEC3,
  TYPE.NSEC3PARAM,
];
const signingSources = ["dnssec", "dnssec-signature"];

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

/** Empties the zone for its new records, under the given serial or the next one; an import that changes nothing leaves it as it is. */
async function replace(
  trx: Transaction,
  before: ZoneRow,
  records: readonly ResourceRecord[],
  given: number,
): Promise<ZoneRow> {
  const made: ResourceRecord[] = [];
  for (const source of signingSources) made.push(...(await listRecordsBySource(trx, before.id, source)));
  if (given <= before.serial && sameContent(await recordsOfZone(trx, before), [...records, ...made])) return before;
  await removeRecords(trx, before.id, signingSources);
  const serial = await raiseSerial(trx, before.id, given, 0);
  return { ...before, serial };
}

/** Whether two versions of a zone differ in nothing but the serial. */
function sameContent(a: readonly ResourceRecord[], b: readonly ResourceRecord[]): boolean {
  const lines = (records: readonly ResourceRecord[]): string =>
    records
      .map(({ name, type, ttl, data }) => {
        const content =
          type === TYPE.SOA ? JSON.stringify({ ...readSoa(data), serial: 0 }) : Buffer.from(data).toString("hex");
        return `${name} ${ttl} ${typeName(type)} ${content}`;
      })
      .sort()
      .join("\n");
  return lines(a) === lines(b);
}
