import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readTrustedClock } from "../../engine/database/clock.ts";
import { openDatabase } from "../../engine/database/open.ts";
import type { Database } from "../../engine/database/schema.ts";
import { targetName } from "../../model/delegation/issued-name.ts";
import { contains, request, stageOf } from "./lifecycle.fixture.ts";
import { askedTimeOf, type TrustedTime, trustedTimeOf } from "./trusted-time.ts";

let folder: string;
let db: Database;
let wallMs: number;
let monotonicMs: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "chancery-clock-"));
  db = await openDatabase({ file: join(folder, "clock.db") });
  [wallMs, monotonicMs] = [1e12, 5000];
});
afterEach(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true });
});

const sleep = (ms: number): void => {
  wallMs += ms;
  monotonicMs += ms;
};
const start = (): TrustedTime =>
  trustedTimeOf({ db, nowMs: () => wallMs, monotonicMs: () => monotonicMs, clockErrorSeconds: 2 });

test("a process that watches counts every moment, and writes down every few seconds", async () => {
  const time = start();
  expect(await time.readMs()).toBe(0);
  for (const [slept, elapsed, written] of [
    [1000, 1000, 0],
    [3000, 4000, 0],
    [2000, 6000, 6000],
    [1000, 7000, 6000],
    [4000, 11_000, 11_000],
  ] as const) {
    sleep(slept);
    expect(await time.readMs()).toBe(elapsed);
    expect((await readTrustedClock(db))?.elapsedMs).toBe(written);
  }
});

test("several processes together count no moment twice", async () => {
  const times = [start(), start(), start()];
  for (let turn = 0; turn < 200; turn++) {
    sleep(1700);
    for (const time of times) expect(await time.readMs()).toBeLessThanOrEqual(monotonicMs - 5000);
  }
  const elapsedMs = (await readTrustedClock(db))?.elapsedMs ?? 0;
  expect(elapsedMs).toBeGreaterThan((monotonicMs - 5000) / 2);
});

test("a new process begins where the last one wrote, however long nobody watched", async () => {
  const first = start();
  await first.readMs();
  sleep(10_000);
  expect(await first.readMs()).toBe(10_000);
  sleep(86_400_000);
  const second = start();
  expect(await second.readMs()).toBe(10_000);
  sleep(1000);
  expect(await second.readMs()).toBe(11_000);
});

test("S4 host and database that jump together add no month, whoever looks: a process that watches, another one, or one that only asks", async () => {
  const clocks = { db, nowMs: () => wallMs, clockErrorSeconds: 2, databaseNowMs: async () => wallMs };
  const watching = (): TrustedTime => trustedTimeOf({ ...clocks, monotonicMs: () => monotonicMs });
  const [one, other] = [watching(), watching()];
  const asking = askedTimeOf(clocks);
  for (let turn = 0; turn < 3; turn++) {
    sleep(6000);
    await one.readMs();
    await other.readMs();
  }
  wallMs += 30 * 86_400_000;
  const passed = (): number => monotonicMs - 5000;
  for (let turn = 0; turn < 10; turn++) {
    sleep(2000);
    expect(await asking.readMs()).toBeLessThanOrEqual(passed() + 5000);
    expect(await other.readMs()).toBeLessThanOrEqual(passed());
    expect(await one.readMs()).toBeLessThanOrEqual(passed());
  }
  expect(await one.readMs()).toBeGreaterThan(passed() / 2);
});

test("who only asks adds what may not be written yet, and writes nothing", async () => {
  const clocks = { db, nowMs: () => wallMs, clockErrorSeconds: 2, databaseNowMs: async () => wallMs };
  const watching = trustedTimeOf({ ...clocks, monotonicMs: () => monotonicMs });
  await watching.readMs();
  sleep(3000);
  const asking = askedTimeOf(clocks);
  expect(await asking.readMs()).toBe(3000);
  sleep(86_400_000);
  expect(await asking.readMs()).toBe(5000);
  expect((await readTrustedClock(db))?.elapsedMs).toBe(0);
});

test("time in which no controller ran does not count on SQLite", async () => {
  const made = await stageOf({ file: join(folder, "life.db") });
  made.publishAll();
  const first = made.controller();
  await made.run(first, contains("s5 ready"));
  await request(made);
  await made.run(first, contains("s4 draining"));
  made.sleep(86_400);
  const second = made.controller();
  expect((await second.visit()).steps).not.toContain("withdraw s4");
  await made.run(second, contains("s4 withdrawing"));
  await made.close();
});

// The clock of PostgreSQL is its own, and no row that a test can put back.
test("S9 I-22 a database that is restored under a running controller takes the trusted clock back: its keys are looked at again, at once", async () => {
  const stage = await stageOf({ file: join(folder, "life.db") });
  stage.publishAll();
  const controller = stage.controller();
  await stage.run(controller, contains("s4 active, s5 ready"));
  const backup = await stage.db.selectFrom("trustedClock").selectAll().executeTakeFirstOrThrow();
  stage.sleep(900);
  await controller.visit();
  for (const slot of [4, 5]) stage.authorities.instead.set(targetName(stage.claim, slot, stage.settings.dns!), "");
  await stage.db
    .updateTable("trustedClock")
    .set({ ...backup, rev: backup.rev + 1000 })
    .execute();
  const steps = await stage.run(controller, (phases) => !phases.includes("s4 active"), 30);
  expect(steps).toContain("deactivated s4");
  await stage.close();
});
