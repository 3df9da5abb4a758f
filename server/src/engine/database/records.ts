import { numberedCursor, pageOf, readNumberedCursor, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import type { Database, Transaction } from "./schema.ts";
import { journaled, namesOf } from "./zone-changes.ts";

/** One insert's rows; six parameters each, far below the 32 766 that SQLite takes. */
const ROWS_AT_ONCE = 1000;

/** A record of a zone, `data` being RDATA in wire form, and who put it there. */
export type ZoneRecord = { name: string; type: number; ttl: number; data: Uint8Array; source: string };

/** Adds records to a zone. `raiseSerial` belongs in the same transaction. From here to its end all other changes wait. */
export async function putRecords(trx: Transaction, zoneId: string, records: readonly ZoneRecord[]): Promise<void> {
  await journaled(trx, zoneId, new Set(records.map(({ name }) => name)), async () => {
    for (let from = 0; from < records.length; from += ROWS_AT_ONCE) {
      const rows = records
        .slice(from, from + ROWS_AT_ONCE)
        .map(({ name, type, ttl, data, source }) => ({ zoneId, name, type, ttl, data: base64(data), source }));
      await trx.insertInto("records").values(rows).execute();
    }
  });
}

/** Removes what one source put into a zone and answers how many records that were. `raiseSerial` belongs in the same transaction. */
export async function removeRecordsBySource(trx: Transaction, zoneId: string, source: string): Promise<number> {
  const { numDeletedRows } = await journaled(trx, zoneId, await namesOf(trx, zoneId, source), () =>
    trx.deleteFrom("records").where("zoneId", "=", zoneId).where("source", "=", source).executeTakeFirst(),
  );
  return Number(numDeletedRows);
}

/** What one source put into a zone. */
export async function listRecordsBySource(db: Database, zoneId: string, source: string): Promise<ZoneRecord[]> {
  const rows = await db
    .selectFrom("records")
    .select(["name", "type", "ttl", "data", "source"])
    .where("zoneId", "=", zoneId)
    .where("source", "=", source)
    .orderBy("seq")
    .execute();
  return rows.map(opened);
}

/** Removes every record of a zone, but those of sources to be kept. */
export async function removeRecords(trx: Transaction, zoneId: string, kept: readonly string[] = []): Promise<void> {
  await journaled(trx, zoneId, await namesOf(trx, zoneId), () => {
    const every = trx.deleteFrom("records").where("zoneId", "=", zoneId);
    return (kept.length === 0 ? every : every.where("source", "not in", kept)).execute();
  });
}

/** Removes the records of one name and type. `raiseSerial` belongs in the same transaction. */
export async function removeRrset(trx: Transaction, zoneId: string, name: string, type: number): Promise<void> {
  await journaled(trx, zoneId, new Set([name]), () =>
    trx.deleteFrom("records").where("zoneId", "=", zoneId).where("name", "=", name).where("type", "=", type).execute(),
  );
}

/** Removes exactly these records of one source. `raiseSerial` belongs in the same transaction. */
export async function removeRecordsOf(
  trx: Transaction,
  zoneId: string,
  source: string,
  records: readonly Omit<ZoneRecord, "source">[],
): Promise<void> {
  await journaled(trx, zoneId, new Set(records.map(({ name }) => name)), async () => {
    for (let from = 0; from < records.length; from += ROWS_AT_ONCE)
      await trx
        .deleteFrom("records")
        .where("zoneId", "=", zoneId)
        .where("source", "=", source)
        .where((row) =>
          row(
            row.refTuple("name", "type", "data"),
            "in",
            records.slice(from, from + ROWS_AT_ONCE).map(({ name, type, data }) => row.tuple(name, type, base64(data))),
          ),
        )
        .execute();
  });
}

/** The records of a zone, by owner name. */
export async function listRecords(db: Database, zoneId: string, page: PageRequest): Promise<Page<ZoneRecord>> {
  let query = db
    .selectFrom("records")
    .select(["seq", "name", "type", "ttl", "data", "source"])
    .where("zoneId", "=", zoneId)
    .orderBy("name")
    .orderBy("seq")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) {
    const { number, text } = readNumberedCursor(page.after);
    query = query.where((row) => row(row.refTuple("name", "seq"), ">", row.tuple(text, number)));
  }
  const { rows, next } = pageOf(await query.execute(), page, ({ name, seq }) => numberedCursor(seq, name));
  return { rows: rows.map(opened), next };
}

/** The records at one name of a zone. */
export async function listRecordsAt(db: Database, zoneId: string, name: string): Promise<ZoneRecord[]> {
  const rows = await db
    .selectFrom("records")
    .select(["name", "type", "ttl", "data", "source"])
    .where("zoneId", "=", zoneId)
    .where("name", "=", name)
    .orderBy("seq")
    .execute();
  return rows.map(opened);
}

/** A row as a record. */
export function opened({ name, type, ttl, data, source }: Omit<ZoneRecord, "data"> & { data: string }): ZoneRecord {
  return { name, type, ttl, data: Buffer.from(data, "base64"), source };
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("base64");
}
