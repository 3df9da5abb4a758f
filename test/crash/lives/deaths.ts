import { DatabaseSync, StatementSync } from "node:sqlite";
import process from "node:process";
import { Client } from "pg";

/*
 * Where a process may die: right before and right after each commit, whatever it is that is committed. Nothing has to say where: every
 * durable effect goes through a commit, and a commit is named by what it writes.
 */

/** `before record: key_facts ready`. */
export type Death = string;

/** What a transaction writes so far: tables, and the kinds of facts among them. */
type Written = { tables: Set<string>; facts: Set<string> };

const nothing = (): Written => ({ tables: new Set(), facts: new Set() });

/**
 * Kills this process where `dies` says so; `step` is what the process is about. Before one commit is after the one that came before it: nothing
 * that lasts lies between, so that both are told.
 */
export function dieAtCommits(dies: (deaths: Death[]) => boolean, step: () => string | undefined): void {
  let last: string | undefined;
  const at: AtCommit = (when, { tables, facts }) => {
    if (tables.size === 0) return;
    const about = step();
    const what = [...(facts.size > 0 ? facts : tables)].toSorted().join(", ");
    const name = about === undefined ? what : `${about}: ${what}`;
    if (when === "after") last = name;
    else if (dies([...(last === undefined ? [] : [`after ${last}`]), `before ${name}`]))
      process.kill(process.pid, "SIGKILL");
  };
  onSqlite(at);
  onPostgres(at);
}

type AtCommit = (when: "before" | "after", written: Written) => void;

/** One connection in the whole process: what is written between two commits belongs together. */
function onSqlite(at: AtCommit): void {
  let latest = nothing();
  // eslint-disable-next-line typescript/unbound-method -- it is called with its own `this`
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql === "commit") at("before", latest);
    exec.call(this, sql);
    if (sql === "commit") at("after", latest);
    latest = nothing();
  };
  for (const method of ["run", "all"] as const) {
    const original = StatementSync.prototype[method] as (...parameters: unknown[]) => unknown;
    StatementSync.prototype[method] = function (this: StatementSync, ...parameters: unknown[]) {
      note(latest, this.sourceSQL, parameters);
      return original.apply(this, parameters);
    } as never;
  }
}

function onPostgres(at: AtCommit): void {
  const writes = new WeakMap<object, Written>();
  type Query = (text: unknown, values?: unknown[], ...more: unknown[]) => unknown;
  // eslint-disable-next-line typescript/unbound-method -- it is called with its own `this`
  const query = Client.prototype.query as unknown as Query;
  Client.prototype.query = async function (this: Client, text: unknown, values?: unknown[], ...more: unknown[]) {
    const sql = typeof text === "string" ? text : (text as { text: string }).text;
    const written = writes.get(this) ?? nothing();
    note(written, sql, values ?? []);
    if (sql === "commit") at("before", written);
    const answer = await query.call(this, text, values, ...more);
    if (sql === "commit") at("after", written);
    writes.set(this, /^(?:begin|start|commit|rollback$)/.test(sql) ? nothing() : written);
    return answer;
  } as never;
}

/** What a statement writes: its table, and of a fact its kind. */
function note({ tables, facts }: Written, sql: string, parameters: readonly unknown[]): void {
  const [, verb, table] = /^(insert into|update|delete from) "(\w+)"/.exec(sql) ?? [];
  if (verb === undefined || table === undefined) return;
  tables.add(`${verb.split(" ")[0]} ${table}`);
  if (verb === "insert into" && table.endsWith("_facts")) facts.add(`${table} ${kindIn(parameters)}`);
}

function kindIn(parameters: readonly unknown[]): string {
  const words = parameters.filter((one): one is string => typeof one === "string");
  const kind = words.find((word) => /^[a-z]+(-[a-z]+)*$/.test(word) && word.length > 3);
  const inJson = words.map((word) => /"kind":"([a-z-]+)"/.exec(word)?.[1]).find((found) => found !== undefined);
  return kind ?? inJson ?? "";
}
