import { DatabaseError } from "pg";

/**
 * The database cannot be used now: it is away, stays locked, or its disk fails. Nothing is known about what was asked last.
 * The edge turns it into "try again later": HTTP 503, a temporary mail failure, exit status 3.
 */
export class DatabaseUnavailable extends Error {
  constructor(detail: string, options: { cause?: unknown } = {}) {
    super(detail, options);
    this.name = "DatabaseUnavailable";
  }
}

/** Someone else has claimed the domain since: the transaction is rolled back and its worker stops (fencing, see `lease.ts`). */
export class StaleLease extends Error {
  constructor(domainId: string, rev: number) {
    super(`${domainId} has moved on from rev ${rev}: another worker holds it`);
    this.name = "StaleLease";
  }
}

// Primary result codes, https://www.sqlite.org/rescode.html; an extended code keeps its primary in the low octet.
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_OUTAGES: ReadonlyMap<number, string> = new Map([
  [SQLITE_BUSY, "stays locked by another process"],
  [SQLITE_LOCKED, "stays locked by another connection"],
  [8, "is read-only"],
  [10, "cannot be read or written: I/O error"],
  [11, "is damaged"],
  [13, "cannot grow: no space left"],
  [14, "cannot be opened"],
  [26, "is not a database"],
]);
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_UNIQUE = 2067;

// SQLSTATEs, https://www.postgresql.org/docs/current/errcodes-appendix.html
const UNIQUE_VIOLATION = "23505";
const CONNECTION_EXCEPTION = "08"; // the class
const REPEATABLE: ReadonlySet<string> = new Set(["40001", "40P01"]); // serialization_failure, deadlock_detected
const AWAY: ReadonlySet<string> = new Set([
  "25P03", // idle_in_transaction_session_timeout: the session is gone
  "53100", // disk_full
  "53200", // out_of_memory
  "53300", // too_many_connections
  "55P03", // lock_not_available
  "57014", // query_canceled: statement_timeout
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "57P05", // idle_session_timeout
]);

/** A row with the same unique value exists already, in either database. */
export function isUniqueViolation(error: unknown): boolean {
  const code = sqliteCode(error);
  return (
    code === SQLITE_CONSTRAINT_UNIQUE || code === SQLITE_CONSTRAINT_PRIMARYKEY || sqlState(error) === UNIQUE_VIOLATION
  );
}

/** The database asks for the whole transaction to be run again: a serialization failure or a deadlock. Nothing was written. */
export function isRepeatable(error: unknown): boolean {
  return REPEATABLE.has(sqlState(error) ?? "");
}

/** Another process holds the write lock of the SQLite file. The statement did nothing. */
export function isBusy(error: unknown): boolean {
  const primary = (sqliteCode(error) ?? 0) & 0xff;
  return primary === SQLITE_BUSY || primary === SQLITE_LOCKED;
}

/** What SQLite threw, as an outage where it is one: its other result codes are about the statement, not about the file. */
export function sqliteFault(error: unknown, file: string): unknown {
  const code = sqliteCode(error);
  const outage = code === undefined ? undefined : SQLITE_OUTAGES.get(code & 0xff);
  return outage === undefined ? error : new DatabaseUnavailable(`${file} ${outage}`, { cause: error });
}

/** What `pg` threw, as an outage where it is one: a connection that failed, or a server that says it cannot go on. */
export function postgresFault(error: unknown, server: string): unknown {
  if (error instanceof TypeError || error instanceof RangeError) return error; // bugs of ours
  // An answer of the server carries a SQLSTATE; anything else comes from the socket or from the driver's own timeouts.
  const state = error instanceof DatabaseError ? (error.code ?? "") : CONNECTION_EXCEPTION;
  if (!AWAY.has(state) && !state.startsWith(CONNECTION_EXCEPTION)) return error;
  return unavailable(error, server);
}

/** Whatever keeps a connection from being opened: a wrong password is as good as a server that is away. */
export function unavailable(error: unknown, what: string): DatabaseUnavailable {
  return new DatabaseUnavailable(`${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : undefined;
}

function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
