import { CamelCasePlugin, type Dialect, Kysely, PostgresAdapter, PostgresDialect } from "kysely";
import { migrate } from "./migrate.ts";
import { BoundedPool } from "./postgres-pool.ts";
import type { Database, Tables } from "./schema.ts";
import { NodeSqliteDialect } from "./sqlite-dialect.ts";

const STATEMENT_TIMEOUT_MS = 10_000;
const MIGRATION_TIMEOUT_MS = 600_000;
const CONNECTIONS_MAX = 10;

export type DatabaseOptions = {
  /** `postgres://…`; absent means SQLite. */
  url?: string;
  /** The SQLite file; made with mode 0600 when it is missing. Not touched when `url` is given. */
  file: string;
  /** Longest that one statement may take, its wait for locks included. 10 000 when absent; 2000 where mail waits for the answer. */
  statementTimeoutMs?: number;
  /** PostgreSQL connections of this process; 10 when absent. */
  connectionsMax?: number;
};

/** Opens the database with its tables up to date. Throws `DatabaseUnavailable` when it is away. Close it with `destroy()`. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  // Migrations may take their time, so they have a connection of their own.
  const first = connect({ ...options, statementTimeoutMs: MIGRATION_TIMEOUT_MS, connectionsMax: 1 });
  try {
    await migrate(first);
  } finally {
    await first.destroy();
  }
  return connect(options);
}

function connect(options: DatabaseOptions): Database {
  return new Kysely<Tables>({ dialect: dialectOf(options), plugins: [new CamelCasePlugin()] });
}

function dialectOf(options: DatabaseOptions): Dialect {
  const { url, file, statementTimeoutMs = STATEMENT_TIMEOUT_MS, connectionsMax = CONNECTIONS_MAX } = options;
  if (url === undefined) return new NodeSqliteDialect({ file, waitMs: statementTimeoutMs });
  return new UnlockedPostgresDialect({ pool: new BoundedPool({ url, statementTimeoutMs, connectionsMax }) });
}

/** Kysely's own migration lock is a session advisory lock, which not every PostgreSQL-like engine has; `migrate` locks a row instead. */
class UnlockedPostgresDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new UnlockedPostgresAdapter();
  }
}

class UnlockedPostgresAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}
