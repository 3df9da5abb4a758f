import { PostgresAdapter, sql } from "kysely";
import type { Database } from "./schema.ts";

/** Domains `from` up to `to`, each with an active key, a stand-by and their facts, none of them due: made by the database itself. */
export async function growDomains(
  db: Database,
  tenantId: string,
  { from, to, dueAt }: { from: number; to: number; dueAt: number },
): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const numbers = isPostgres
    ? sql`select n from generate_series(${sql.lit(from)}, ${sql.lit(to - 1)}) as s(n)`
    : sql`with recursive s(n) as (select ${sql.lit(from)} union all select n + 1 from s where n < ${sql.lit(to - 1)}) select n from s`;
  const tenant = sql.lit(tenantId);
  await sql`insert into domains (id, tenant_id, name, method, label, seed, challenge_token, algorithms, created_at, verified_at, rev, due_at, changed_in)
    select 'dom_' || n, ${tenant}, 'd' || n || '.example', 'cname-ring', 'esp', 'seed' || n, 'token', '["rsa-sha256"]', 1, 1, 0, ${sql.lit(dueAt)}, 1
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
export async function planOfDue(db: Database, now: number): Promise<string> {
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
