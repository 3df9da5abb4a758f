import type { Database, ZoneRow } from "../../engine/database/schema.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { Refusal } from "../refusal.ts";

/** A zone that the caller may sign: any for the operator, for a tenant those that its domains were delegated with. */
export async function zoneToSign(
  db: Database,
  caller: { tenantId: string; admin: boolean },
  written: string,
): Promise<ZoneRow> {
  const origin = written
    .trim()
    .toLowerCase()
    .replace(/(.)\.$/, "$1");
  const zone = await findZoneByOrigin(db, origin);
  const mine = zone !== undefined && (caller.admin || (await isOfTenant(db, zone, caller.tenantId)));
  if (!mine)
    throw new Refusal("not-found", `no zone ${origin} of yours is served; "chancery zone list" names those that are`);
  if (zone.kind === "catalog")
    throw new Refusal(
      "invalid-input",
      `${origin} is a catalog for secondaries, which nobody resolves: it is not signed`,
    );
  return zone;
}

async function isOfTenant(db: Database, { domainId }: ZoneRow, tenantId: string): Promise<boolean> {
  if (domainId === null) return false;
  const row = await db
    .selectFrom("domains")
    .select("id")
    .where("id", "=", domainId)
    .where("tenantId", "=", tenantId)
    .executeTakeFirst();
  return row !== undefined;
}
