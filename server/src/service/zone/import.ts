import { buildZone, parseZoneFile, readSoa, type ResourceRecord, TYPE, typeName } from "chancery/dns";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { newId } from "../../engine/database/id.ts";
import { putRecords, removeRecords } from "../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
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
  const row = await transact(db, async (trx) => {
    const before = await findZoneByOrigin(trx, origin);
    if (before !== undefined && before.kind !== "operator")
      throw new Refusal(
        "zone-unservable",
        `${origin} is a zone that Chancery itself fills; it cannot be replaced by a file`,
      );
    const stored =
      before === undefined ? await open(trx, origin, serial, now) : await replace(trx, before, parsed.value, serial);
    if (stored !== before)
      await putRecords(
        trx,
        stored.id,
        parsed.value.map((record) => ({ ...record, source: "import" })),
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
  return { ...(await withCount(db, row)), warnings: [...zone.value.warnings, ...zoneWarnings(parsed.value)] };
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

/** Empties the zone for its new records, under the given serial or the next one; an import that changes nothing leaves it as it is. */
async function replace(
  trx: Transaction,
  before: ZoneRow,
  records: readonly ResourceRecord[],
  given: number,
): Promise<ZoneRow> {
  if (given <= before.serial && sameContent(await recordsOfZone(trx, before), records)) return before;
  await removeRecords(trx, before.id);
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
