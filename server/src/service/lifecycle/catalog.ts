import {
  addCatalogMembers,
  catalogDifference,
  findCatalog,
  removeCatalogMember,
} from "../../engine/database/catalog-members.ts";
import { bumpChangeCounter } from "../../engine/database/change-counter.ts";
import { newId } from "../../engine/database/id.ts";
import { removeRecords } from "../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin, insertZone, removeZone, renewCatalog } from "../../engine/database/zones.ts";
import type { Seconds } from "../../model/seconds.ts";

/** What became of the catalog. `taken`: a zone of that name is served already, so there is none. */
export type CatalogState = "unchanged" | "changed" | "taken";

/**
 * Brings the catalog zone in line with the settings: opened under this name, or removed where there is to be none (`undefined`). From then on
 * whoever opens or removes a zone keeps it (`insertZone`, `removeZone`); what an older program did meanwhile is made good here.
 */
export async function keepCatalog(db: Database, origin: string | undefined, now: Seconds): Promise<CatalogState> {
  return transact(db, async (trx) => {
    await bumpChangeCounter(trx); // from here on nobody else opens or removes a zone
    const before = await findCatalog(trx);
    const kept = before?.origin === origin ? before : undefined;
    if (before !== undefined && kept === undefined) {
      await removeRecords(trx, before.id);
      await removeZone(trx, before.id, now);
    }
    if (origin === undefined) return before === undefined ? "unchanged" : "changed";
    const catalog = kept ?? (await openCatalog(trx, origin, now));
    if (catalog === undefined) return "taken";
    const { missing, stale } = await catalogDifference(trx, catalog);
    if (kept !== undefined && missing.length + stale.length === 0) return "unchanged";
    for (const id of stale) await removeCatalogMember(trx, catalog, id);
    await addCatalogMembers(trx, catalog, missing);
    await renewCatalog(trx, catalog, now);
    return "changed";
  });
}

async function openCatalog(trx: Transaction, origin: string, now: Seconds): Promise<ZoneRow | undefined> {
  if ((await findZoneByOrigin(trx, origin)) !== undefined) return undefined;
  return insertZone(trx, { id: newId("zon"), origin, kind: "catalog", domainId: null, serial: 1, createdAt: now });
}
