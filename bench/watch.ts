import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "../server/src/engine/database/id.ts";
import { type DatabaseOptions, openDatabase } from "../server/src/engine/database/open.ts";
import type { Database, Transaction } from "../server/src/engine/database/schema.ts";
import { keepPagesInMemory, postgresOctets } from "../server/src/engine/database/size.fixture.ts";
import { transact } from "../server/src/engine/database/transact.ts";
import { keyOne } from "../server/src/model/watch/test-looks.ts";
import { inItsPlace } from "../server/src/model/watch/schedule.ts";
import { claimDue } from "../server/src/service/watch/claim-due.ts";
import { visitWatch } from "../server/src/service/watch/look.ts";
import { addTenant, auditOf, startOfTime, type World, worldOf } from "../server/src/service/watch/watch.fixture.ts";
import { startPostgres } from "../test/postgres.ts";

const sizes = [1000, 10_000, 100_000, 1_000_000];
const dueAtOnce = 1000;
const idleTicks = 200;
const batch = 8;
const rowsAStatement = 500;
const rowsACommit = 20_000;
/** As long as the record of a 2048-bit key. */
const record = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;
const nameOf = (index: number): string => `customer-${index}.example`;
const now = startOfTime;

/** Domains with what a first look leaves of one selector behind an alias; the next look of each is its place in the day. */
async function grow(options: DatabaseOptions, tenantId: string, from: number, to: number): Promise<void> {
  const db = await openDatabase({ ...options, statementTimeoutMs: 60_000 });
  // The rows of a million domains at once touch the whole index; what runs later does not.
  if (options.url === undefined) await keepPagesInMemory(db);
  for (let first = from; first < to; first += rowsACommit)
    await transact(db, async (trx) => {
      for (let at = first; at < Math.min(to, first + rowsACommit); at += rowsAStatement)
        await insertRows(trx, tenantId, at, Math.min(to, at + rowsAStatement));
    });
  await db.destroy();
}

async function insertRows(trx: Transaction, tenantId: string, from: number, to: number): Promise<void> {
  const indexes = Array.from({ length: to - from }, (_, offset) => from + offset);
  const ids = indexes.map(() => newId("wat"));
  const seen = { firstSeenAt: now, lastSeenAt: now };
  const keyName = (index: number): string => `s1._domainkey.${nameOf(index)}`;
  await trx
    .insertInto("watches")
    .values(
      indexes.map((index, place) => ({
        id: ids[place]!,
        tenantId,
        name: nameOf(index),
        intervalSeconds: 86_400,
        selectors: "[]",
        challengeToken: `chancery-${ids[place]}`,
        createdAt: now,
        proofSeenAt: now,
        proofLookedAt: now,
        look: 1,
        apartAt: now,
        rev: 1,
        earlyLooks: 0,
        dueAt: inItsPlace(nameOf(index), 86_400, now),
      })),
    )
    .execute();
  await trx
    .insertInto("observations")
    .values(
      indexes.map((index, place) => ({
        watchId: ids[place]!,
        name: keyName(index),
        turn: 1,
        outcome: "present" as const,
        aliases: JSON.stringify([{ name: keyName(index), target: `c${index}.dkim.esp.example` }]),
        texts: JSON.stringify([record]),
        fingerprint: "a".repeat(64),
        ...seen,
        looks: 1,
      })),
    )
    .execute();
  await trx
    .insertInto("watchedSelectors")
    .values(
      indexes.map((index, place) => ({
        watchId: ids[place]!,
        tenantId,
        selector: "s1",
        keyName: keyName(index),
        sources: '["given"]',
        state: "present" as const,
        since: now,
        ...seen,
        lookedAt: now,
        absentLooks: 0,
        publishedAs: "alias" as const,
        provider: null,
        keyType: "rsa",
        bits: 2048,
        fingerprint: "a".repeat(64),
      })),
    )
    .execute();
}

const milliseconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};

/** Takes and visits all that is due, a batch at a time. */
async function lookAtAll({ deps, settings, clock }: World): Promise<number> {
  for (let looks = 0; ;) {
    const claimed = await claimDue(deps.db, settings, { owner: "bench", now: clock.now }, batch);
    if (claimed.length === 0) return looks;
    await Promise.all(claimed.map((one) => visitWatch(deps, one)));
    looks += claimed.length;
  }
}

async function measure(
  what: string,
  options: DatabaseOptions,
  octetsOnDisk: (db: Database) => Promise<number>,
): Promise<void> {
  const db = await openDatabase({ ...options, statementTimeoutMs: 60_000 });
  const world = worldOf(db, "bench");
  world.settings.budget = { looks: 1e9, unprovenLooks: 1e9, queries: 1e12 };
  world.deps.audit = async (request) => auditOf(request, { s1: { alias: ["k.esp.example"], text: keyOne } });
  const tenantId = await addTenant(db);
  console.log(`  ${what}`);
  console.log("      domains   insert    empty tick   1000 due, claimed   claimed and recorded   on disk   resident");
  let before = 0;
  for (const size of sizes) {
    const inserted = await milliseconds(() => grow(options, tenantId, before, size));
    const idle = await milliseconds(async () => {
      for (let tick = 0; tick < idleTicks; tick++) await claimDue(db, world.settings, { owner: "bench", now }, batch);
    });
    const makeDue = async (): Promise<void> => {
      await db
        .updateTable("watches")
        .set({ dueAt: now - 1, leaseOwner: null, leaseUntil: null })
        .where(
          "name",
          "in",
          Array.from({ length: dueAtOnce }, (_, index) => nameOf(Math.floor((index * size) / dueAtOnce))),
        )
        .execute();
    };
    await makeDue();
    let claimed = 0;
    const claiming = await milliseconds(async () => {
      for (let got = 1; got > 0; claimed += got)
        got = (await claimDue(db, world.settings, { owner: "bench", now }, batch)).length;
    });
    await makeDue();
    world.clock.now = now;
    let looks = 0;
    const looking = await milliseconds(async () => void (looks = await lookAtAll(world)));
    if (claimed !== dueAtOnce || looks !== dueAtOnce) throw new Error(`${claimed} claimed, ${looks} looked at`);
    const perSecond = (count: number, took: number): string => `${Math.round((count / took) * 1000)}/s`;
    const cells = [
      String(size).padStart(13),
      perSecond(size - before, inserted).padStart(9),
      `${((idle / idleTicks) * 1000).toFixed(0)} µs`.padStart(13),
      perSecond(claimed, claiming).padStart(20),
      perSecond(looks, looking).padStart(23),
      `${((await octetsOnDisk(db)) / 2 ** 20).toFixed(0)} MiB`.padStart(10),
      `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`.padStart(11),
    ];
    console.log(cells.join(""));
    before = size;
  }
  await db.destroy();
}

/** Watch lists of 1000 to 1 000 000 domains: what a tick costs, and how many looks a second one worker records, DNS aside. */
export async function run(): Promise<void> {
  console.log(`watch: looks in batches of ${batch}, one worker, DNS aside`);
  const folder = mkdtempSync(join(tmpdir(), "chancery-bench-watch-"));
  try {
    await measure("SQLite", { file: join(folder, "watch.db") }, async () =>
      readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  const postgres = await startPostgres({ durable: true });
  try {
    await measure(
      "PostgreSQL",
      { file: "/nonexistent/never-touched.db", url: postgres.createDatabase() },
      postgresOctets,
    );
  } finally {
    await postgres.stop();
  }
}
