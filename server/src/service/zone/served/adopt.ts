import { typeName } from "chancery/dns";
import { appendAuditLog } from "../../../engine/database/audit-log.ts";
import { bumpChangeCounter } from "../../../engine/database/change-counter.ts";
import { listRecordsAt, putRecords, removeRrset } from "../../../engine/database/records.ts";
import type { Database } from "../../../engine/database/schema.ts";
import { transact } from "../../../engine/database/transact.ts";
import { findZoneByOrigin, raiseSerial } from "../../../engine/database/zones.ts";
import { Refusal } from "../../refusal.ts";
import type { ZoneOverride } from "./served-zones.ts";

/**
 * Makes an override what the database has, under a serial above the one served. Its records belong to whoever those before it belonged to: a
 * key's record still goes with its key. Answers the serial.
 */
export async function adoptOverride(
  db: Database,
  { zone: origin, name, type, records }: ZoneOverride,
  servedSerial: number,
  { actor, now }: { actor: string; now: number },
): Promise<number> {
  return transact(db, async (trx) => {
    await bumpChangeCounter(trx); // what is read here stays so
    const zone = await findZoneByOrigin(trx, origin);
    if (zone === undefined)
      throw new Refusal("not-found", `the database has no zone ${origin}; see "chancery nameserver reconcile"`);
    const before = (await listRecordsAt(trx, zone.id, name)).filter((record) => record.type === type);
    const sources = new Set(before.map(({ source }) => source));
    const [source = "user"] = sources.size === 1 ? sources : [];
    await removeRrset(trx, zone.id, name, type);
    await putRecords(
      trx,
      zone.id,
      records.map((record) => ({ ...record, source })),
    );
    const serial = await raiseSerial(trx, zone.id, servedSerial + 1, now);
    const detail = { name, type: typeName(type), records: records.length, before: before.length, serial };
    await appendAuditLog(trx, {
      tenantId: null,
      at: now,
      actor,
      action: "zone.adopt-override",
      subject: origin,
      detail,
    });
    return serial;
  });
}
