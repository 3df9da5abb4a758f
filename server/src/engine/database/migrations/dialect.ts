import { type Kysely, PostgresAdapter, sql } from "kysely";

type TableBuilder = ReturnType<Kysely<unknown>["schema"]["createTable"]>;

/** Where the two databases spell the same thing differently. */
export function dialectOf(db: Kysely<unknown>): {
  schema: Kysely<unknown>["schema"];
  /** 64 bits: no time, size or counter overflows it. */
  int: "bigint" | "integer";
  table: (name: string) => TableBuilder;
  /** A table whose rows the database numbers, in a column `seq`. */
  numbered: (name: string) => TableBuilder;
  /** A table of several columns' primary key that is stored in the order of that key, where the database can. */
  keyed: (name: string) => TableBuilder;
} {
  const { schema } = db;
  if (db.getExecutor().adapter instanceof PostgresAdapter) {
    const table = (name: string): TableBuilder => schema.createTable(name);
    const numbered = (name: string): TableBuilder =>
      table(name).addColumn("seq", "bigint", (c) => c.generatedAlwaysAsIdentity().primaryKey());
    return { schema, int: "bigint", table, numbered, keyed: table };
  }
  // STRICT makes SQLite check the types of columns, as PostgreSQL does anyway.
  const table = (name: string): TableBuilder => schema.createTable(name).modifyEnd(sql`strict`);
  const numbered = (name: string): TableBuilder =>
    table(name).addColumn("seq", "integer", (c) => c.primaryKey().autoIncrement());
  const keyed = (name: string): TableBuilder => schema.createTable(name).modifyEnd(sql`strict, without rowid`);
  return { schema, int: "integer", table, numbered, keyed };
}
