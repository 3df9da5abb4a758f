import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DatabaseOptions, openDatabase } from "../server/src/engine/database/open.ts";
import type { Database } from "../server/src/engine/database/schema.ts";
import { postgresOctets } from "../server/src/engine/database/size.fixture.ts";
import { keyOne } from "../server/src/model/watch/test-looks.ts";
import { claimDue } from "../server/src/service/watch/claim-due.ts";
import { visitWatch } from "../server/src/service/watch/look.ts";
import { addTenant, auditOf, startOfTime, type World, worldOf } from "../server/src/service/watch/watch.fixture.ts";
import { startPostgres } from "../test/postgres.ts";
import { nameOf } from "./watch-names.ts";

const sizes = [1000, 10_000, 100_000, 1_000_000];
const dueAtOnce = 1000;
const idleTicks = 200;
const batch = 8;
const now = startOfTime;

/** In a process of its own, whose memory is none of a worker's. */
async function grow(options: DatabaseOptions, tenantId: string, from: number, to: number): Promise<void> {
  const program = fileURLToPath(new URL("watch-child.ts", import.meta.url));
  const child = fork(program, [JSON.stringify(options), tenantId, String(from), String(to)]);
  const [status] = (await once(child, "exit")) as [number | null];
  if (status !== 0) throw new Error(`the rows of ${to} domains could not be made`);
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
