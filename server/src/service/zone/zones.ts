import { formatZoneFile } from "chancery/dns";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import type { Database, ZoneRow } from "../../engine/database/schema.ts";
import { listZones } from "../../engine/database/zones.ts";
import { recordsOfZone } from "./served/follow.ts";

/** A zone with how many records it has. */
export type ZoneView = ZoneRow & { records: number };

/** A zone name as it is stored: lower case, no final dot; the root is ".". */
export const originOf = (written: string): string => {
  const name = written.trim().toLowerCase();
  return name === "." ? "." : name.replace(/\.$/, "");
};

export async function zones(db: Database, page: PageRequest): Promise<Page<ZoneView>> {
  const { rows, next } = await listZones(db, page);
  return { rows: await Promise.all(rows.map((row) => withCount(db, row))), next };
}

export async function exportZone(db: Database, row: ZoneRow): Promise<{ origin: string; text: string }> {
  return { origin: row.origin, text: formatZoneFile(row.origin, await recordsOfZone(db, row)) };
}

export async function withCount(db: Database, row: ZoneRow): Promise<ZoneView> {
  const { count } = await db
    .selectFrom("records")
    .select((expression) => expression.fn.countAll<number>().as("count"))
    .where("zoneId", "=", row.id)
    .executeTakeFirstOrThrow();
  return { ...row, records: count };
}
