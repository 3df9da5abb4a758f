import type { Selectable } from "kysely";
import { bumpChangeCounter } from "./change-counter.ts";
import type { Database, Transaction, ZoneKeyFactRow, ZoneKeyRow, ZoneRow, ZoneSigningRow } from "./schema.ts";
import type { ZoneKeyFactTable, ZoneSigningTable } from "./schema-zone-keys.ts";

/** How a zone is signed; undefined for one that never was. */
export async function findZoneSigning(db: Database, zoneId: string): Promise<ZoneSigningRow | undefined> {
  const row = await db.selectFrom("zoneSignings").selectAll().where("zoneId", "=", zoneId).executeTakeFirst();
  return row && opened(row);
}

/** Signed zones that a worker has to look at, longest due first; zones that are served no more are not among them. */
export async function listDueZoneSignings(db: Database, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("zoneSignings")
    .innerJoin("zones", "zones.id", "zoneSignings.zoneId")
    .select("zoneId")
    .where("zoneSignings.dueAt", "<=", now)
    .where("zones.removedAt", "is", null)
    .orderBy("zoneSignings.dueAt")
    .limit(limit)
    .execute();
  return rows.map(({ zoneId }) => zoneId);
}

/** Pre-signed zones with records that have no signatures yet, or with signatures that are to be made anew. */
export async function listZonesToSign(db: Database, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("zoneSignings")
    .innerJoin("zones", "zones.id", "zoneSignings.zoneId")
    .select("zoneId")
    .where("zones.removedAt", "is", null)
    .where("zoneSignings.mode", "=", "presigned")
    .where((row) =>
      row.or([
        row("zoneSignings.signedSerial", "is", null),
        row("zoneSignings.signedSerial", "!=", row.ref("zones.serial")),
        row("zoneSignings.resignAt", "<=", now),
      ]),
    )
    .limit(limit)
    .execute();
  return rows.map(({ zoneId }) => zoneId);
}

/** Ids of pre-signed zones whose latest version has not all its signatures yet. */
export async function listUnsignedZones(db: Database): Promise<Set<string>> {
  const rows = await db
    .selectFrom("zoneSignings")
    .innerJoin("zones", "zones.id", "zoneSignings.zoneId")
    .select("zoneId")
    .where("zoneSignings.mode", "=", "presigned")
    .where((row) =>
      row.or([
        row("zoneSignings.signedSerial", "is", null),
        row("zoneSignings.signedSerial", "!=", row.ref("zones.serial")),
      ]),
    )
    .execute();
  return new Set(rows.map(({ zoneId }) => zoneId));
}

/** All that are signed or were, with their zones: for name servers and for doctors. */
export async function listZoneSignings(
  db: Database,
  changedAfter = 0,
): Promise<{ zone: ZoneRow; signing: ZoneSigningRow }[]> {
  const zones = await db
    .selectFrom("zones")
    .selectAll("zones")
    .innerJoin("zoneSignings", "zoneSignings.zoneId", "zones.id")
    .where("zones.removedAt", "is", null)
    .where("zones.changedIn", ">", changedAfter)
    .orderBy("zones.origin")
    .execute();
  const rows = await inChunks(
    zones.map(({ id }) => id),
    (ids) => db.selectFrom("zoneSignings").selectAll().where("zoneId", "in", ids).execute(),
  );
  const byZone = new Map(rows.map((row) => [row.zoneId, opened(row)]));
  return zones.flatMap((zone) => {
    const signing = byZone.get(zone.id);
    return signing === undefined ? [] : [{ zone, signing }];
  });
}

/** No zone has this serial. */
const neverSigned = 0;

/** Writes how a zone is to be signed, and wakes whoever works on it. */
export async function putZoneSigning(
  trx: Transaction,
  signing: Pick<ZoneSigningTable, "zoneId" | "goal" | "mode" | "algorithm" | "requestedAt" | "requestedBy">,
): Promise<void> {
  await touchZone(trx, signing.zoneId);
  const { goal, mode, algorithm, requestedAt, requestedBy } = signing;
  const wanted = { goal, mode, algorithm, requestedAt, requestedBy };
  await trx
    .insertInto("zoneSignings")
    .values({ ...signing, longestTtl: 0, signedSerial: neverSigned, resignAt: null, rev: 1, dueAt: 0, sight: null })
    .onConflict((conflict) =>
      conflict.column("zoneId").doUpdateSet((row) => ({ ...wanted, dueAt: 0, rev: row("zoneSignings.rev", "+", 1) })),
    )
    .execute();
}

/**
 * First statement of every transaction that follows a decision about a zone's keys: false when anything was written since `rev` was read.
 * From here to the end no other change runs.
 */
export async function claimZoneSigning(trx: Transaction, zoneId: string, rev: number): Promise<boolean> {
  await bumpChangeCounter(trx);
  const { numUpdatedRows } = await trx
    .updateTable("zoneSignings")
    .set({ rev: rev + 1 })
    .where("zoneId", "=", zoneId)
    .where("rev", "=", rev)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** What may change beside the keys: when somebody has to look again, what was seen, what is signed. */
export async function updateZoneSigning(
  db: Database,
  zoneId: string,
  changes: Partial<Pick<ZoneSigningTable, "dueAt" | "longestTtl" | "signedSerial" | "resignAt">> & { sight?: unknown },
): Promise<void> {
  const { sight, ...rest } = changes;
  await db
    .updateTable("zoneSignings")
    .set({ ...rest, ...(sight !== undefined && { sight: JSON.stringify(sight) }) })
    .where("zoneId", "=", zoneId)
    .execute();
}

/** Name servers read the zone anew. */
export async function touchZone(trx: Transaction, zoneId: string): Promise<void> {
  const changedIn = await bumpChangeCounter(trx);
  await trx.updateTable("zones").set({ changedIn }).where("id", "=", zoneId).execute();
}

/** Stores a key of a zone. Throws on a tag or a public half that is there already. */
export async function insertZoneKey(trx: Transaction, key: ZoneKeyRow): Promise<void> {
  await trx.insertInto("zoneKeys").values(key).execute();
}

/** The keys of these zones, those of each in the order in which they were made. */
export async function listZoneKeys(db: Database, zoneIds: readonly string[]): Promise<ZoneKeyRow[]> {
  return inChunks(zoneIds, (ids) =>
    db.selectFrom("zoneKeys").selectAll().where("zoneId", "in", ids).orderBy("createdAt").orderBy("id").execute(),
  );
}

export async function destroySealedZoneKey(trx: Transaction, keyId: string): Promise<void> {
  await trx.updateTable("zoneKeys").set({ sealed: null }).where("id", "=", keyId).execute();
}

/** Records what happened to a key, after everything recorded before. Facts are never changed and never removed. */
export async function appendZoneKeyFact(trx: Transaction, fact: Omit<ZoneKeyFactRow, "seq">): Promise<void> {
  await bumpChangeCounter(trx); // one at a time, so that no number is drawn twice
  const { last } = await trx
    .selectFrom("zoneKeyFacts")
    .select((row) => row.fn.max("seq").as("last"))
    .where("keyId", "=", fact.keyId)
    .executeTakeFirstOrThrow();
  const seq = ((last as number | null) ?? 0) + 1;
  await trx
    .insertInto("zoneKeyFacts")
    .values({ ...fact, seq, evidence: JSON.stringify(fact.evidence) })
    .execute();
}

/** The facts of these keys, each key's in order. */
export async function listZoneKeyFacts(db: Database, keyIds: readonly string[]): Promise<ZoneKeyFactRow[]> {
  const rows = await inChunks(keyIds, (ids) =>
    db.selectFrom("zoneKeyFacts").selectAll().where("keyId", "in", ids).orderBy("keyId").orderBy("seq").execute(),
  );
  return rows.map((row: Selectable<ZoneKeyFactTable>) => ({ ...row, evidence: JSON.parse(row.evidence) as unknown }));
}

/** One statement's parameters; far below the 32 766 that SQLite takes. */
const idsAtOnce = 1000;

async function inChunks<T>(ids: readonly string[], read: (ids: readonly string[]) => Promise<T[]>): Promise<T[]> {
  const rows: T[] = [];
  for (let from = 0; from < ids.length; from += idsAtOnce)
    rows.push(...(await read(ids.slice(from, from + idsAtOnce))));
  return rows;
}

const opened = (row: Selectable<ZoneSigningTable>): ZoneSigningRow => ({
  ...row,
  sight: row.sight === null ? undefined : (JSON.parse(row.sight) as unknown),
});
