import { DatabaseSync, StatementSync } from "node:sqlite";
import process from "node:process";
import { Client } from "pg";

/*
 * Where a process may die: right before and right after each commit, whatever it is that is committed. Nothing has to say where: every
 * durable effect goes through a commit, and a commit is named by what it writes.
 */

/** `before update domains, insert key_facts ready`. */
export type Death = string;

type Written = Set<string>;

/** Kills this process where `dies` says so; `step` is what the process is about. */
export function dieAtCommits(dies: (death: Death) => boolean, step: () => string | undefined): void {
  const sqliteWrites = new WeakMap<object, Written>();
  let latest: Written = new Set();
  const at = (when: "before" | "after", written: Written): void => {
    if (written.size === 0) return;
    const about = step();
    const name = `${when} ${about === undefined ? "" : `${about}: `}${[...written].toSorted().join(", ")}`;
    if (dies(name)) process.kill(process.pid, "SIGKILL");
  };

  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql === "commit") at("before", latest);
    exec.call(this, sql);
    if (sql === "commit") at("after", latest);
    latest = new Set();
  };
  for (const method of ["run", "all"] as const) {
    const original = StatementSync.prototype[method] as (...parameters: unknown[]) => unknown;
    StatementSync.prototype[method] = function (this: StatementSync, ...parameters: unknown[]) {
      note(latest, this.sourceSQL, parameters);
      return original.apply(this, parameters);
    } as never;
  }

  type Query = (text: unknown, values?: unknown[], ...more: unknown[]) => unknown;
  const query = Client.prototype.query as unknown as Query;
  Client.prototype.query = async function (this: Client, text: unknown, values?: unknown[], ...more: unknown[]) {
    const sql = typeof text === "string" ? text : (text as { text: string }).text;
    const written = sqliteWrites.get(this) ?? new Set<string>();
    sqliteWrites.set(this, written);
    note(written, sql, values ?? []);
    if (sql === "commit") at("before", written);
    const answer = await query.call(this, text, values, ...more);
    if (sql === "commit") at("after", written);
    if (sql === "commit" || sql === "rollback" || sql.startsWith("begin") || sql.startsWith("start")) written.clear();
    return answer;
  } as never;
}

/** What a statement writes: its table, and of a fact its kind. */
function note(written: Written, sql: string, parameters: readonly unknown[]): void {
  const [, verb, table] = /^(insert into|update|delete from) "(\w+)"/.exec(sql) ?? [];
  if (verb === undefined || table === undefined) return;
  const kind = table.endsWith("_facts") ? parameters.find(isKind) : undefined;
  written.add([verb.split(" ")[0], table, kind].filter((part) => part !== undefined).join(" "));
}

const isKind = (parameter: unknown): boolean =>
  typeof parameter === "string" && /^[a-z]+(-[a-z]+)*$/.test(parameter) && parameter.length > 3;
