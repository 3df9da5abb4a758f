import { sql } from "kysely";
import type { Database } from "./schema.ts";

/** For benches that fill a database: what each of the two needs beside the common SQL. */

/** SQLite: keeps up to 128 MiB of pages in memory on this connection. */
export const keepPagesInMemory = async (db: Database): Promise<void> =>
  void (await sql`pragma cache_size = -131072`.execute(db));

/** PostgreSQL: octets of the database on disk, indexes included. */
export async function postgresOctets(db: Database): Promise<number> {
  const { rows } = await sql<{ size: number }>`select pg_database_size(current_database()) as size`.execute(db);
  return rows[0]!.size;
}
