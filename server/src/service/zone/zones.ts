import { formatZoneFile } from "chancery/dns";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import type { Database, ZoneRow } from "../../engine/database/schema.ts";
import { listZones, listZonesOfTenant } from "../../engine/database/zones.ts";
import type { Editor } from "./editor.ts";
import { recordsOfZone } from "./follow.ts";

/** A zone with how many records it has. */
export type ZoneView = ZoneRow & { records: number };

/** A zone name as it is stored: lower case, no final dot; the root is ".". */
export const originOf = (written: string): string => {
  const name = written.trim().toLowerCase();
  return name === "." ? "." : name.replace(/\.$/, "");
};

/** The zones that an editor may look at, by origin. */
export async function zones(db: Database, editor: Editor, page: PageRequest): Promise<Page<ZoneView>> {
  const { rows, next } =
    editor.kind === "operator" ? await listZones(db, page) : await listZonesOfTenant(db, editor.tenantId, page);
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
