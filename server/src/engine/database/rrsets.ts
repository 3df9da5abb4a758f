import { isAtOrBelow, TYPE } from "chancery/dns";
import { sql } from "kysely";
import { numberedCursor, pageOf, readNumberedCursor, rowsToFetch, type Page, type PageRequest } from "./page.ts";
import { opened, type ZoneRecord } from "./records.ts";
import type { Database } from "./schema.ts";

/** Which records of a zone; each absent member means any. */
export type RecordFilter = { name?: string | undefined; type?: number | undefined };

/** The records of a zone, those of one RRset together and never on two pages. `limit` counts RRsets. */
export async function listRrsets(
  db: Database,
  zoneId: string,
  filter: RecordFilter,
  page: PageRequest,
): Promise<Page<readonly [ZoneRecord, ...ZoneRecord[]]>> {
  let query = db
    .selectFrom("records")
    .select(["name", "type"])
    .where("zoneId", "=", zoneId)
    .groupBy(["name", "type"])
    .orderBy("name")
    .orderBy("type")
    .limit(rowsToFetch(page));
  if (filter.name !== undefined) query = query.where("name", "=", filter.name);
  if (filter.type !== undefined) query = query.where("type", "=", filter.type);
  if (page.after !== undefined) {
    const { number, text } = readNumberedCursor(page.after);
    query = query.where((row) => row(row.refTuple("name", "type"), ">", row.tuple(text, number)));
  }
  const { rows, next } = pageOf(await query.execute(), page, ({ name, type }) => numberedCursor(type, name));
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return { rows: [], next };
  const records = await db
    .selectFrom("records")
    .select(["name", "type", "ttl", "data", "source"])
    .where("zoneId", "=", zoneId)
    .where("name", ">=", first.name)
    .where("name", "<=", last.name)
    .orderBy("seq")
    .execute();
  const sets = Map.groupBy(records.map(opened), ({ name, type }) => `${type} ${name}`);
  return {
    rows: rows.flatMap(({ name, type }) => {
      const [record, ...more] = sets.get(`${type} ${name}`) ?? [];
      return record === undefined ? [] : [[record, ...more] as const]; // gone since
    }),
    next,
  };
}

/** Every NS record of a zone. The type stands in the statement itself: only so the index of delegations is used. */
export async function listDelegations(db: Database, zoneId: string): Promise<ZoneRecord[]> {
  const rows = await db
    .selectFrom("records")
    .select(["name", "type", "ttl", "data", "source"])
    .where("zoneId", "=", zoneId)
    .where("type", "=", sql.lit(TYPE.NS))
    .orderBy("seq")
    .execute();
  return rows.map(opened);
}

/** Names below one that hold records, at most `limit`. Reads the whole zone: asked only when something is to hide them. */
export async function listNamesBelow(db: Database, zoneId: string, ancestor: string, limit: number): Promise<string[]> {
  const pattern = ancestor === "." ? "%" : `%.${ancestor.replaceAll(/[!%_]/g, "!$&")}`;
  const rows = await db
    .selectFrom("records")
    .select("name")
    .distinct()
    .where("zoneId", "=", zoneId)
    .where(sql<boolean>`name like ${pattern} escape '!'`)
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name).filter((name) => name !== ancestor && isAtOrBelow(name, ancestor));
}
