import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import { Pool, type PoolClient, types } from "pg";
import { DatabaseUnavailable, postgresFault, unavailable } from "./faults.ts";

/** How many may wait for a connection before the next is turned away: memory stays bounded when the server is slow. */
const WAITING_MAX = 1000;
const CONNECT_TIMEOUT_MS = 5000;
/** A stopped process must not hold row locks for ever; its transaction is ended by the server. */
const IDLE_IN_TRANSACTION_MS = 30_000;
/** The server ends a statement first; this catches a server that does not answer at all. */
const SILENCE_GRACE_MS = 1000;
const INT8_OID = 20;

type PoolOptions = { url: string; statementTimeoutMs: number; connectionsMax: number };

/** A `pg` pool with a bounded queue, whose outages are `DatabaseUnavailable` and whose broken connections are never lent again. */
export class BoundedPool implements PostgresPool {
  readonly #pool: Pool;
  readonly #server: string;

  constructor({ url, statementTimeoutMs, connectionsMax }: PoolOptions) {
    // Host and port only: the URL holds the password. A URL that names a socket has no host and may not parse.
    this.#server = URL.canParse(url) ? `PostgreSQL at ${new URL(url).host || "its socket"}` : "PostgreSQL";
    this.#pool = new Pool({
      connectionString: url,
      application_name: "chancery",
      max: connectionsMax,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + SILENCE_GRACE_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      keepAlive: true,
      types: { getTypeParser },
    });
    // An idle connection that breaks is only thrown away; whoever needs one next finds out whether the server is back.
    this.#pool.on("error", () => {});
  }

  get options(): object {
    return this.#pool.options;
  }

  async connect(): Promise<PostgresPoolClient> {
    if (this.#pool.waitingCount >= WAITING_MAX) {
      throw new DatabaseUnavailable(`${this.#server}: ${WAITING_MAX} wait for a connection already`);
    }
    try {
      return new LentClient(await this.#pool.connect(), this.#server);
    } catch (error) {
      throw unavailable(error, this.#server);
    }
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }
}

class LentClient implements PostgresPoolClient {
  readonly #client: PoolClient;
  readonly #server: string;
  #broken = false;
  // Without a listener, a connection that dies between two statements would end the process.
  readonly #onError = (): void => {
    this.#broken = true;
  };

  constructor(client: PoolClient, server: string) {
    this.#client = client;
    this.#server = server;
    client.on("error", this.#onError);
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query(): never;
  async query<R>(sql?: string, parameters?: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (sql === undefined) throw new Error("cursors hold a connection: read by pages");
    try {
      // Kysely names the four commands it reads; pg types the command as any text.
      return (await this.#client.query(sql, parameters?.slice())) as unknown as PostgresQueryResult<R>;
    } catch (error) {
      const fault = postgresFault(error, this.#server);
      if (fault instanceof DatabaseUnavailable) this.#broken = true;
      throw fault;
    }
  }

  release(destroy = false): void {
    this.#client.off("error", this.#onError);
    this.#client.release(destroy || this.#broken);
  }
}

/** int8 comes as text by default. Our counts and times are far below 2^53; anything larger is a bug and not to be rounded. */
const getTypeParser: typeof types.getTypeParser = ((oid: number, format?: "text" | "binary") =>
  oid === INT8_OID && format !== "binary" ? safeInteger : types.getTypeParser(oid, format)) as never;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number`);
  return value;
}
