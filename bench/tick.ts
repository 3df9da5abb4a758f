import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { growDomains, planOfDue } from "../server/src/engine/database/fleet.fixture.ts";
import { listDueDomains } from "../server/src/engine/database/lease.ts";
import { type DatabaseOptions, openDatabase } from "../server/src/engine/database/open.ts";
import { addTenant } from "../server/src/engine/database/rows.fixture.ts";
import { listDueRollouts } from "../server/src/engine/database/rollouts.ts";
import type { Database } from "../server/src/engine/database/schema.ts";
import { postgresOctets } from "../server/src/engine/database/size.fixture.ts";
import { kekOf } from "../server/src/engine/keystore/kek.ts";
import { timingPresets } from "../server/src/model/rotation/timing-policy.ts";
import { DueVisits } from "../server/src/app/roles/due-visits.ts";
import { reconcileDomain } from "../server/src/service/lifecycle/controller.ts";
import type { LifecycleDeps } from "../server/src/service/lifecycle/deps.ts";
import { roundBook } from "../server/src/service/lifecycle/rounds.ts";
import { startPostgres } from "../test/postgres.ts";

const sizes = [1000, 10_000, 100_000, 1_000_000];
const dueAtOnce = 1000;
const idleTicks = 200;
const pageDomains = 256;
const now = 2_000_000_000;
const later = now + 1_000_000;

const milliseconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};

function depsOf(db: Database): LifecycleDeps {
  return {
    db,
    kek: kekOf(Buffer.alloc(32)),
    settings: async () => ({
      policy: timingPresets.default,
      dns: { zone: "dkim.esp.example", nameservers: [{ name: "ns1.esp.example", addresses: ["192.0.2.1"] }] },
    }),
    // DNS aside: nothing answers, which is no reason to do anything.
    observe: async (name) => ({ name, type: "TXT", names: [], aliases: [], finalName: name }) as never,
    nowMs: () => now * 1000,
    trustedTime: { readMs: async () => 1000 },
    owner: "bench",
  };
}

async function measure(
  what: string,
  options: DatabaseOptions,
  octetsOnDisk: (db: Database) => Promise<number>,
): Promise<void> {
  const db = await openDatabase({ ...options, statementTimeoutMs: 600_000 });
  const tenantId = await addTenant(db);
  const deps = depsOf(db);
  console.log(`  ${what}`);
  console.log("      domains    rows made    empty tick   1000 due, listed   1000 due, visited   on disk   resident");
  let before = 0;
  for (const size of sizes) {
    const made = await milliseconds(() => growDomains(db, tenantId, { from: before, to: size, dueAt: later }));
    const idle = await milliseconds(async () => {
      for (let tick = 0; tick < idleTicks; tick++) {
        await listDueDomains(db, now, pageDomains);
        await listDueRollouts(db, now, 8);
      }
    });
    const ids = Array.from({ length: dueAtOnce }, (_, index) => `dom_${Math.floor((index * size) / dueAtOnce)}`);
    await db
      .updateTable("domains")
      .set({ dueAt: now - 1 })
      .where("id", "in", ids)
      .execute();
    const listed = await milliseconds(() => listDueDomains(db, now, dueAtOnce));
    const book = roundBook();
    let visited = 0;
    const visits = new DueVisits(async (domain) => {
      await reconcileDomain(deps, book, domain);
      visited++;
    });
    const never = new AbortController().signal;
    const visiting = await milliseconds(async () => {
      for (;;) {
        const due = await listDueDomains(db, now, pageDomains);
        if (due.length === 0) break;
        await visits.begin(due, never);
        await visits.finish();
      }
    });
    if (visited !== dueAtOnce) throw new Error(`${visited} visited of ${dueAtOnce}`);
    const cells = [
      String(size).padStart(13),
      `${(made / 1000).toFixed(1)} s`.padStart(13),
      `${((idle / idleTicks) * 1000).toFixed(0)} µs`.padStart(14),
      `${listed.toFixed(1)} ms`.padStart(19),
      `${Math.round((visited / visiting) * 1000)}/s`.padStart(20),
      `${((await octetsOnDisk(db)) / 2 ** 20).toFixed(0)} MiB`.padStart(10),
      `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`.padStart(11),
    ];
    console.log(cells.join(""));
    before = size;
  }
  console.log(`      ${await planOfDue(db, now)}`);
  await db.destroy();
}

/** 1000 to 1 000 000 delegated domains (`--largest=100000`: fewer): what a tick costs with nothing due, and with 1000. DNS aside. */
export async function run(options: readonly string[]): Promise<void> {
  const largest = Number(options.find((option) => option.startsWith("--largest="))?.split("=")[1] ?? Infinity);
  sizes.splice(0, sizes.length, ...sizes.filter((size) => size <= largest));
  console.log("tick: one controller, a key that signs and a stand-by for each domain, DNS aside");
  const folder = mkdtempSync(join(tmpdir(), "chancery-bench-tick-"));
  try {
    await measure("SQLite", { file: join(folder, "tick.db") }, async () =>
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
