import { nextSerial } from "chancery/dns";
import { addCatalogMembers, findCatalog, putCatalogApex, removeCatalogMember } from "./catalog-members.ts";
import { bumpChangeCounter } from "./change-counter.ts";
import { pageOf, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, Transaction, ZoneRow } from "./schema.ts";
import { highestFloor } from "./serial-floors.ts";
import { forgetChanges, noteSerial } from "./zone-changes.ts";

export type NewZone = Pick<ZoneRow, "id" | "origin" | "kind" | "domainId" | "serial" | "createdAt">;

/**
 * Opens a zone and answers it, or undefined when its origin is served already. A zone of this origin that was removed comes back
 * under its old id, without records, and with a serial above the one it had. Where there is a catalog, the zone is listed in it.
 */
export async function insertZone(trx: Transaction, zone: NewZone): Promise<ZoneRow | undefined> {
  const row = await openZone(trx, zone);
  if (row === undefined || row.kind === "catalog") return row;
  const catalog = await findCatalog(trx);
  if (catalog !== undefined) {
    await addCatalogMembers(trx, catalog, [row]);
    await renewCatalog(trx, catalog, zone.createdAt);
  }
  return row;
}

/** Gives the catalog its next serial: the last statement of every change of its members. */
export async function renewCatalog(trx: Transaction, catalog: ZoneRow, now: number): Promise<void> {
  await putCatalogApex(trx, catalog, await raiseSerial(trx, catalog.id, 0, now));
}

async function openZone(trx: Transaction, zone: NewZone): Promise<ZoneRow | undefined> {
  const changedIn = await bumpChangeCounter(trx);
  const before = await findZoneByOrigin(trx, zone.origin, "also-removed");
  if (before === undefined) {
    const opened = await trx
      .insertInto("zones")
      .values({ ...zone, serial: (await highestFloor(trx, zone.origin, zone.serial)) || zone.serial, changedIn })
      .returningAll()
      .executeTakeFirstOrThrow();
    return withoutChanges(trx, opened, -1);
  }
  if (before.removedAt === null) return undefined;
  const floor = await highestFloor(trx, zone.origin, before.serial);
  const back = await trx
    .updateTable("zones")
    .set({
      kind: zone.kind,
      domainId: zone.domainId,
      serial: nextSerial(before.serial, zone.serial, floor),
      removedAt: null,
      changedIn,
    })
    .where("id", "=", before.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return withoutChanges(trx, back, before.serial);
}

/** A zone that is filled anew is read in full: its first records need no journal. */
async function withoutChanges(trx: Transaction, zone: ZoneRow, before: number): Promise<ZoneRow> {
  await noteSerial(trx, zone.id, before, zone.serial);
  await forgetChanges(trx, zone.id, "not kept");
  return zone;
}

export async function findZone(db: Database, id: string): Promise<ZoneRow | undefined> {
  return db.selectFrom("zones").selectAll().where("id", "=", id).where("removedAt", "is", null).executeTakeFirst();
}

export async function findZoneByOrigin(
  db: Database,
  origin: string,
  which: "served" | "also-removed" = "served",
): Promise<ZoneRow | undefined> {
  let query = db.selectFrom("zones").selectAll().where("origin", "=", origin);
  if (which === "served") query = query.where("removedAt", "is", null);
  return query.executeTakeFirst();
}

/** The zones served for a claim of this tenant, by origin. */
export async function listZonesOfDomain(db: Database, tenantId: string, domainId: string): Promise<ZoneRow[]> {
  return db
    .selectFrom("zones")
    .innerJoin("domains", "domains.id", "zones.domainId")
    .selectAll("zones")
    .where("domains.tenantId", "=", tenantId)
    .where("domains.id", "=", domainId)
    .where("zones.removedAt", "is", null)
    .orderBy("zones.origin")
    .execute();
}

/** All zones served, by origin: for operators. */
export async function listZones(db: Database, page: PageRequest): Promise<Page<ZoneRow>> {
  let query = db
    .selectFrom("zones")
    .selectAll()
    .where("removedAt", "is", null)
    .orderBy("origin")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("origin", ">", page.after);
  return pageOf(await query.execute(), page, ({ origin }) => origin);
}

/** Zones that are new, changed or removed after change number `change`. */
export async function listZonesChangedAfter(db: Database, change: number, page: PageRequest): Promise<Page<ZoneRow>> {
  let query = db.selectFrom("zones").selectAll().where("changedIn", ">", change).orderBy("id").limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return pageOf(await query.execute(), page, ({ id }) => id);
}

/**
 * Gives the zone its next serial and answers it: above the one it has and all that name servers reported, at least `floor`, and
 * at least `now`, so that a database restored from a backup does not repeat serials it has forgotten (safety.md §2.4). After the last one
 * comes 1; what secondaries would take for a step back (RFC 1982), such as a clock that is far off, is left out.
 * Part of every transaction that changes the zone's records.
 */
export async function raiseSerial(trx: Transaction, zoneId: string, floor: number, now: number): Promise<number> {
  const changedIn = await bumpChangeCounter(trx);
  const { serial: before, origin } = await trx
    .selectFrom("zones")
    .select(["serial", "origin"])
    .where("id", "=", zoneId)
    .executeTakeFirstOrThrow();
  const serial = nextSerial(before, floor, await highestFloor(trx, origin, before), now);
  await noteSerial(trx, zoneId, before, serial);
  await trx.updateTable("zones").set({ serial, changedIn }).where("id", "=", zoneId).execute();
  return serial;
}

/** Makes a zone that of another claim. `raiseSerial` belongs in the same transaction. */
export async function moveZone(trx: Transaction, id: string, domainId: string): Promise<void> {
  const changedIn = await bumpChangeCounter(trx);
  await trx.updateTable("zones").set({ domainId, changedIn }).where("id", "=", id).execute();
}

/**
 * Stops serving the zone, and takes it out of the catalog. The row stays, for its serial. Remove its records first. False when it is not
 * served.
 */
export async function removeZone(trx: Transaction, id: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("zones")
    .set({ removedAt: at, changedIn: await bumpChangeCounter(trx) })
    .where("id", "=", id)
    .where("removedAt", "is", null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  const catalog = await findCatalog(trx);
  if (catalog !== undefined && (await removeCatalogMember(trx, catalog, id))) await renewCatalog(trx, catalog, at);
  return true;
}
