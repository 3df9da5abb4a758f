import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { inject } from "vitest";
import { type DatabaseOptions, openDatabase } from "./open.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The run's PostgreSQL, for the project that repeats tests on it: a template whose tables are up to date. */
    postgres?: { server: string; template: string };
  }
}

const postgres = inject("postgres");

/** Which database the tests of this run are on. */
export const databaseMake = postgres === undefined ? "sqlite" : "postgres";

/**
 * An empty database, its tables made already, for a test that has to hold on both: the project `unit` gives SQLite, and the project `postgres` runs
 * every test file that imports this once more. Nobody has to remove it: it goes with the temporary files of the run.
 */
export const freshDatabase = (): Promise<DatabaseOptions> =>
  postgres === undefined ? freshFile() : freshOnServer(postgres);

let folder: string | undefined;
let template: Promise<string> | undefined;
let files = 0;

async function freshFile(): Promise<DatabaseOptions> {
  folder ??= mkdtempSync(join(tmpdir(), "chancery-databases-"));
  template ??= migrated(join(folder, "template.db"));
  const file = join(folder, `${++files}.db`);
  copyFileSync(await template, file);
  return { file };
}

async function migrated(file: string): Promise<string> {
  await (await openDatabase({ file })).destroy();
  return file;
}

async function freshOnServer({
  server,
  template: from,
}: {
  server: string;
  template: string;
}): Promise<DatabaseOptions> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  const admin = new Client({ connectionString: `${server}/postgres` });
  await admin.connect();
  await admin.query(`create database ${name} template ${from}`);
  await admin.end();
  return { file: "/nonexistent/never-touched.db", url: `${server}/${name}` };
}
