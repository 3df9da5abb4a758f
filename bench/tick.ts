import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kysely, PostgresAdapter, sql } from "kysely";
import { listDueDomains } from "../server/src/engine/database/lease.ts";
import { type DatabaseOptions, openDatabase } from "../server/src/engine/database/open.ts";
import { addTenant } from "../server/src/engine/database/rows.fixture.ts";
import { listDueRollouts } from "../server/src/engine/database/rollouts.ts";
import type { Database } from "../server/src/engine/database/schema.ts";
import { postgresOctets } from "../server/src/engine/database/size.fixture.ts";
import { kekOf } from "../server/src/engine/keystore/kek.ts";
import { timingPresets } from "../server/src/model/timing-policy.ts";
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

/** Domains `from` up to `to`, each with an active key, a stand-by and their facts, none of them due: made by the database itself. */
async function grow(db: Database, tenantId: string, from: number, to: number): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const numbers = isPostgres
    ? sql`select n from generate_series(${sql.lit(from)}, ${sql.lit(to - 1)}) as s(n)`
    : sql`with recursive s(n) as (select ${sql.lit(from)} union all select n + 1 from s where n < ${sql.lit(to - 1)}) select n from s`;
  const tenant = sql.lit(tenantId);
  await sql`insert into domains (id, tenant_id, name, method, label, seed, challenge_token, algorithms, created_at, verified_at, rev, due_at, changed_in)
    select 'dom_' || n, ${tenant}, 'd' || n || '.example', 'cname-ring', 'esp', 'seed' || n, 'token', '["rsa-sha256"]', 1, 1, 0, ${sql.lit(later)}, 1
    from (${numbers}) as numbers`.execute(db);
  for (const [slot, reason] of [
    [1, "first"],
    [2, "standby"],
  ] as const) {
    const of = sql.lit(slot);
    await sql`insert into rotations (id, tenant_id, domain_id, reason, requested_at, requested_by)
      select 'rot_' || n || '_' || ${of}, ${tenant}, 'dom_' || n, ${sql.lit(reason)}, 1, 'bench' from (${numbers}) as numbers`.execute(
      db,
    );
    await sql`insert into keys (id, tenant_id, domain_id, rotation_id, method, role, slot, selector, key_name, record_name, algorithm, bits, public_key, record, spki_sha256, sealed, version, created_at, changed_in)
      select 'key_' || n || '_' || ${of}, ${tenant}, 'dom_' || n, 'rot_' || n || '_' || ${of}, 'cname-ring', 'primary', ${of},
        'esp' || ${of}, 'esp' || ${of} || '._domainkey.d' || n || '.example', 'k' || n || 'x' || ${of} || '.dkim.esp.example',
        'rsa-sha256', 2048, '', 'v=DKIM1; p=' || n, 'spki' || n || 'x' || ${of}, '{}', 1, 1, 1
      from (${numbers}) as numbers`.execute(db);
    const facts: [string, object][] = [
      ["generated", { selfTested: true }],
      ["publishing", { zone: "dkim.esp.example", serial: 1, recordTtlSeconds: 3600 }],
      [
        "confirmed",
        { seenTrustedMs: 0, waitSeconds: 0, history: "new", steps: [], resolverSlackSeconds: 0, addresses: [] },
      ],
      ["ready", { observedTrustedMs: 0 }],
      ...(slot === 1
        ? ([["activated", { serves: "rot", replaces: null, observedTrustedMs: 0 }]] as [string, object][])
        : []),
    ];
    for (const [index, [kind, evidence]] of facts.entries()) {
      const text =
        kind === "activated"
          ? sql`'{"serves":"rot_' || n || '_1","replaces":null,"observedTrustedMs":0}'`
          : sql.lit(JSON.stringify(evidence));
      await sql`insert into key_facts (key_id, seq, kind, at, trusted_ms, evidence)
        select 'key_' || n || '_' || ${of}, ${sql.lit(index + 1)}, ${sql.lit(kind)}, 1, 0, ${text} from (${numbers}) as numbers`.execute(
        db,
      );
    }
  }
  await sql.raw("analyze").execute(db);
}

/** What the database does to find what is due: has to name the index. */
async function plan(db: Kysely<never> | Database): Promise<string> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const query = `select id, tenant_id from domains where due_at <= ${now} and (lease_until is null or lease_until <= ${now}) order by due_at limit 256`;
  const { rows } = await sql
    .raw<Record<string, string>>(`${isPostgres ? "explain" : "explain query plan"} ${query}`)
    .execute(db);
  return rows
    .map((row) => row["detail"] ?? row["QUERY PLAN"] ?? row["queryPlan"] ?? "")
    .join(" | ")
    .replace(/\s+/g, " ");
}

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
    const made = await milliseconds(() => grow(db, tenantId, before, size));
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
  console.log(`      ${await plan(db)}`);
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
