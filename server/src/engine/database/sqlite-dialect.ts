import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from "kysely";
import { isBusy, sqliteFault, unavailable } from "./faults.ts";
import { Mutex } from "./mutex.ts";

/** SQLite's own waiting blocks the thread, so it is kept short; the longer waiting is asynchronous, in `whenFree`. */
const BUSY_TIMEOUT_MS = 10;
const BUSY_PAUSE_MS_MAX = 50;
const STATEMENTS_KEPT_MAX = 500;

type SqliteOptions = {
  file: string;
  /** longest wait for the connection, and for the file's write lock */ waitMs: number;
};

/**
 * Kysely over `node:sqlite`: one connection for this process, lent to one transaction or query at a time. The file is shared with other
 * processes by WAL. A transaction takes the write lock when it begins, so none fails half way because another wrote first.
 */
export class NodeSqliteDialect implements Dialect {
  readonly #options: SqliteOptions;

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  createDriver(): Driver {
    return new NodeSqliteDriver(this.#options);
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): SqliteAdapter {
    return new NodeSqliteAdapter();
  }

  createIntrospector(db: ConstructorParameters<typeof SqliteIntrospector>[0]): SqliteIntrospector {
    return new SqliteIntrospector(db);
  }
}

class NodeSqliteAdapter extends SqliteAdapter {
  /** SQLite rolls CREATE TABLE back like anything else; Kysely says no for the sake of a foreign-key pragma that we never turn. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** Without this Kysely queues for the one connection itself, without any bound; our driver's own queue has two. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class NodeSqliteDriver implements Driver {
  readonly #options: SqliteOptions;
  readonly #mutex = new Mutex();
  #connection: NodeSqliteConnection | undefined;

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {
    const { file } = this.#options;
    const connection = new NodeSqliteConnection(opened(file), this.#options);
    try {
      await connection.prepareFile();
    } catch (error) {
      connection.close();
      throw error;
    }
    this.#connection = connection;
  }

  async acquireConnection(): Promise<NodeSqliteConnection> {
    const connection = this.#open();
    await this.#mutex.lock(this.#options.waitMs);
    return connection;
  }

  async releaseConnection(): Promise<void> {
    this.#mutex.unlock();
  }

  async beginTransaction(_connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await this.#open().run(settings.accessMode === "read only" ? "begin" : "begin immediate");
  }

  async commitTransaction(): Promise<void> {
    await this.#open().run("commit");
  }

  async rollbackTransaction(): Promise<void> {
    const connection = this.#open();
    // A full disk or an I/O error makes SQLite roll back by itself; asking again would hide that error behind another.
    if (connection.inTransaction) await connection.run("rollback");
  }

  async destroy(): Promise<void> {
    this.#connection?.close();
  }

  #open(): NodeSqliteConnection {
    if (this.#connection === undefined) throw new Error("the database is not open");
    return this.#connection;
  }
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #sqlite: DatabaseSync;
  readonly #options: SqliteOptions;
  readonly #statements = new Map<string, { statement: StatementSync; answersRows: boolean }>();

  constructor(sqlite: DatabaseSync, options: SqliteOptions) {
    this.#sqlite = sqlite;
    this.#options = options;
  }

  get inTransaction(): boolean {
    return this.#sqlite.isTransaction;
  }

  async prepareFile(): Promise<void> {
    // Changing to WAL needs the file alone for a moment, which several processes starting at once contend for.
    await this.run("pragma journal_mode = wal");
    await this.run("pragma synchronous = full");
    await this.run("pragma foreign_keys = on");
  }

  async run(sql: string): Promise<void> {
    await this.#whenFree(() => this.#sqlite.exec(sql));
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#whenFree(() => {
      const { statement, answersRows } = this.#prepared(query.sql);
      const parameters = query.parameters as Parameters<StatementSync["all"]>;
      if (answersRows) return { rows: statement.all(...parameters) as R[] };
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    });
  }

  // eslint-disable-next-line require-yield -- the interface wants it; lists are read by pages instead
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("streaming holds the only connection: read by pages");
  }

  close(): void {
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }

  #prepared(sql: string): { statement: StatementSync; answersRows: boolean } {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return kept;
    const statement = this.#sqlite.prepare(sql);
    const prepared = { statement, answersRows: statement.columns().length > 0 };
    if (this.#statements.size >= STATEMENTS_KEPT_MAX) {
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest);
        break;
      }
    }
    this.#statements.set(sql, prepared);
    return prepared;
  }

  /** Runs a statement, waiting without blocking the thread while another process writes. Inside a transaction nothing is repeated. */
  async #whenFree<T>(attempt: () => T): Promise<T> {
    const deadline = performance.now() + this.#options.waitMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, BUSY_PAUSE_MS_MAX)) {
      try {
        return attempt();
      } catch (error) {
        if (!isBusy(error) || this.inTransaction || performance.now() > deadline) {
          throw sqliteFault(error, this.#options.file);
        }
      }
      await pause(pauseMs * (0.5 + Math.random()));
    }
  }
}

function opened(file: string): DatabaseSync {
  try {
    createPrivately(file);
    return new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  } catch (error) {
    throw unavailable(error, file);
  }
}

/** SQLite gives its -wal and -shm files the mode of the database, so this one mode covers all three. */
function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // By path, never through a descriptor: closing one drops every POSIX lock this process holds on the file.
    chmodSync(file, 0o600);
  }
}
