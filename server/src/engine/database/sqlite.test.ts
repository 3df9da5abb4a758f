import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { databaseNowMs } from "./clock.ts";
import { DatabaseUnavailable } from "./faults.ts";
import { openDatabase } from "./open.ts";
import { findTenant, insertTenant } from "./tenants.ts";
import { transact } from "./transact.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chancery-sqlite-"));
  file = join(folder, "deep", "chancery.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const tenant = (id: string): { id: string; name: string; createdAt: number } => ({ id, name: id, createdAt: 1 });

test("no file of the database can be read by others, also when it could before", async () => {
  const db = await openDatabase({ file });
  await insertTenant(db, tenant("a"));
  const modes = readdirSync(join(folder, "deep")).map((name) => statSync(join(folder, "deep", name)).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600, 0o600]); // the database, its -wal and its -shm
  await db.destroy();
  chmodSync(file, 0o644);
  await (await openDatabase({ file })).destroy();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("what is committed is synced: WAL, synchronous FULL, foreign keys on", async () => {
  const db = await openDatabase({ file });
  const pragma = async (name: string): Promise<unknown> => {
    const { rows } = await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(db.withoutPlugins());
    return rows[0]?.[name];
  };
  expect(await pragma("journal_mode")).toBe("wal");
  expect(await pragma("synchronous")).toBe(2);
  expect(await pragma("foreign_keys")).toBe(1);
  await db.destroy();
});

test("while another process writes, a write waits without blocking this one, and reads go on", async () => {
  const db = await openDatabase({ file });
  const other = new DatabaseSync(file);
  other.exec("begin immediate");
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 5);
  setTimeout(() => other.exec("commit"), 400);
  const write = transact(db, (trx) => insertTenant(trx, tenant("waited")));
  await expect(write).resolves.toBe(true);
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(15); // 400 ms hold 80 of them; a blocked thread hardly any
  other.exec("begin immediate");
  await pause(1);
  expect(await findTenant(db, "waited")).toBeDefined();
  other.exec("rollback");
  other.close();
  await db.destroy();
});

test("a lock that stays is given up in time, and the database works again after it", async () => {
  const db = await openDatabase({ file, statementTimeoutMs: 200 });
  const other = new DatabaseSync(file);
  other.exec("begin immediate");
  for (const write of [
    () => insertTenant(db, tenant("a")),
    () => transact(db, (trx) => insertTenant(trx, tenant("a"))),
  ]) {
    await expect(write()).rejects.toThrow(/stays locked by another process/);
  }
  other.exec("rollback");
  other.close();
  expect(await insertTenant(db, tenant("a"))).toBe(true);
  await db.destroy();
}, 8000); // Less than the time that is given where none is asked for.

test("a query past its own transaction is given up instead of waiting for itself for ever", async () => {
  const db = await openDatabase({ file, statementTimeoutMs: 200 });
  await expect(transact(db, () => findTenant(db, "a"))).rejects.toBeInstanceOf(DatabaseUnavailable);
  expect(await findTenant(db, "a")).toBeUndefined();
  await db.destroy();
});

test("F-9 the queue for the connection is bounded", async () => {
  const db = await openDatabase({ file });
  const blocker = transact(db, () => pause(50));
  const asked = await Promise.allSettled(Array.from({ length: 1200 }, () => findTenant(db, "a")));
  expect(asked.filter(({ status }) => status === "rejected")).toHaveLength(200);
  await blocker;
  await db.destroy();
});

test("a full disk undoes the transaction, says so, and writing goes on when there is space", async () => {
  const db = await openDatabase({ file });
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db.withoutPlugins());
  await sql.raw(`pragma max_page_count = ${rows[0]?.page_count}`).execute(db);
  const large = { id: "large", name: "x".repeat(100_000), createdAt: 1 };
  const write = transact(db, async (trx) => {
    await insertTenant(trx, tenant("small"));
    await insertTenant(trx, large);
  });
  await expect(write).rejects.toThrow(/no space left/);
  expect(await findTenant(db, "small")).toBeUndefined();
  await sql.raw("pragma max_page_count = 100000").execute(db);
  expect(await insertTenant(db, large)).toBe(true);
  await db.destroy();
});

test("a file that is no database is left alone and named", async () => {
  const stray = join(folder, "stray.db");
  writeFileSync(stray, "not a database, and long enough to have a header of one ".repeat(20));
  const opened = openDatabase({ file: stray });
  await expect(opened).rejects.toBeInstanceOf(DatabaseUnavailable);
  await expect(opened).rejects.toThrow(/stray\.db is not a database/);
});

test("it has no clock of its own", async () => {
  const db = await openDatabase({ file });
  expect(await databaseNowMs(db)).toBeUndefined();
  await db.destroy();
});
