import type { RolloutFact, RolloutPlan, WaveCount } from "../../model/rotation/rollout.ts";
import { type KeyAlgorithm, roleOf } from "../../model/key/key-role.ts";
import { StaleLease } from "./faults.ts";
import { numberedCursor, type Page, pageOf, type PageRequest, readNumberedCursor, rowsToFetch } from "./page.ts";
import { type RawBuilder, type Selectable, sql } from "kysely";
import type { Database, RolloutDomainRow, RolloutRow, Transaction } from "./schema.ts";
import type { RolloutTable } from "./schema-rollouts.ts";

const rowsAtOnce = 500;

/** A stream of a domain; an empty one is the default stream. */
export type DomainStream = { domainId: string; stream: string };

/** Records a rollout with what it rotates, in the order in which that goes. */
export async function insertRollout(
  trx: Transaction,
  rollout: Pick<RolloutRow, "id" | "tenantId" | "plan" | "waves" | "requestedAt" | "requestedBy">,
  streams: readonly DomainStream[],
): Promise<void> {
  const { id: rolloutId, plan, waves } = rollout;
  await trx
    .insertInto("rollouts")
    .values({
      ...rollout,
      plan: JSON.stringify(plan),
      waves: JSON.stringify(waves),
      domains: streams.length,
      rev: 0,
      dueAt: rollout.requestedAt,
    })
    .execute();
  const waveOf = waves.flatMap((size, wave) => Array<number>(size).fill(wave));
  for (let from = 0; from < streams.length; from += rowsAtOnce)
    await trx
      .insertInto("rolloutDomains")
      .values(
        streams.slice(from, from + rowsAtOnce).map((one, index) => ({
          ...one,
          rolloutId,
          place: from + index,
          wave: waveOf[from + index] ?? 0,
        })),
      )
      .execute();
}

export async function findRollout(db: Database, tenantId: string, id: string): Promise<RolloutRow | undefined> {
  const row = await db
    .selectFrom("rollouts")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .executeTakeFirst();
  return row && opened(row);
}

/** A tenant's rollouts in the order of their requests. */
export async function listRollouts(db: Database, tenantId: string, page: PageRequest): Promise<Page<RolloutRow>> {
  let query = db
    .selectFrom("rollouts")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .orderBy("requestedAt")
    .orderBy("id")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) {
    const { number, text } = readNumberedCursor(page.after);
    query = query.where((row) => row(row.refTuple("requestedAt", "id"), ">", row.tuple(number, text)));
  }
  const rows = (await query.execute()).map(opened);
  return pageOf(rows, page, ({ requestedAt, id }) => numberedCursor(requestedAt, id));
}

/** Rollouts to claim now, of all tenants, longest due first. */
export async function listDueRollouts(db: Database, now: number, limit: number): Promise<RolloutRow[]> {
  const rows = await db
    .selectFrom("rollouts")
    .selectAll()
    .where("dueAt", "<=", now)
    .where((row) => row.or([row("leaseUntil", "is", null), row("leaseUntil", "<=", now)]))
    .orderBy("dueAt")
    .limit(limit)
    .execute();
  return rows.map(opened);
}

/** Takes the rollout for `owner` and answers its new rev; undefined while another holds it. The rev protects it, not the lease. */
export async function claimRollout(
  db: Database,
  id: string,
  owner: string,
  leaseSeconds: number,
  now: number,
): Promise<number | undefined> {
  const claimed = await db
    .updateTable("rollouts")
    .set((row) => ({ rev: row("rev", "+", 1), leaseOwner: owner, leaseUntil: now + leaseSeconds }))
    .where("id", "=", id)
    .where((row) => row.or([row("leaseUntil", "is", null), row("leaseUntil", "<=", now)]))
    .returning("rev")
    .executeTakeFirst();
  return claimed?.rev;
}

/** First statement of every transaction of a worker: locks the rollout and prolongs the lease, or throws `StaleLease`, which rolls back. */
export async function fencedRollout(trx: Transaction, id: string, rev: number, leaseUntil: number): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable("rollouts")
    .set({ leaseUntil })
    .where("id", "=", id)
    .where("rev", "=", rev)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new StaleLease(id, rev);
}

/** Locks the rollout against its worker, which then has to claim it again: for what people decide about it. */
export async function interruptRollout(trx: Transaction, id: string, dueAt: number): Promise<void> {
  await trx
    .updateTable("rollouts")
    .set((row) => ({ rev: row("rev", "+", 1), leaseOwner: null, leaseUntil: null, dueAt }))
    .where("id", "=", id)
    .execute();
}

/** Gives the rollout back, to be looked at again at `dueAt`; null: it is over. False when the claim was lost. */
export async function releaseRollout(db: Database, id: string, rev: number, dueAt: number | null): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("rollouts")
    .set({ leaseOwner: null, leaseUntil: null, dueAt })
    .where("id", "=", id)
    .where("rev", "=", rev)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** In order. The rollout has to be locked by the transaction. */
export async function appendRolloutFact(trx: Transaction, rolloutId: string, fact: RolloutFact): Promise<void> {
  const { last } = await trx
    .selectFrom("rolloutFacts")
    .select((row) => row.fn.max("seq").as("last"))
    .where("rolloutId", "=", rolloutId)
    .executeTakeFirstOrThrow();
  const seq = ((last as number | null) ?? 0) + 1;
  await trx
    .insertInto("rolloutFacts")
    .values({ rolloutId, seq, fact: JSON.stringify(fact) })
    .execute();
}

export async function listRolloutFacts(db: Database, rolloutId: string): Promise<RolloutFact[]> {
  const rows = await db
    .selectFrom("rolloutFacts")
    .select("fact")
    .where("rolloutId", "=", rolloutId)
    .orderBy("seq")
    .execute();
  return rows.map(({ fact }) => JSON.parse(fact) as RolloutFact);
}

/** How many domains of each wave are where. */
export async function countWaves(db: Database, { id, waves }: Pick<RolloutRow, "id" | "waves">): Promise<WaveCount[]> {
  const rows = await db
    .selectFrom("rolloutDomains")
    .select((row) => [
      "wave",
      "outcome",
      row.fn.countAll<number>().as("count"),
      row.fn.count<number>("begunAt").as("begun"),
    ])
    .where("rolloutId", "=", id)
    .groupBy(["wave", "outcome"])
    .execute();
  return waves.map((domains, wave) => {
    const own = rows.filter((row) => row.wave === wave);
    const of = (outcome: RolloutDomainRow["outcome"]): number => own.find((row) => row.outcome === outcome)?.count ?? 0;
    const begun = own.reduce((sum, row) => sum + (row.outcome === "left" ? 0 : row.begun), 0);
    return { domains, begun, rotated: of("rotated"), failed: of("failed"), left: of("left") };
  });
}

/** How many domains of each stream are where; the default stream, whose name is empty, first. */
export async function countStreams(db: Database, rolloutId: string): Promise<(WaveCount & { stream: string })[]> {
  const rows = await db
    .selectFrom("rolloutDomains")
    .select((row) => [
      "stream",
      "outcome",
      row.fn.countAll<number>().as("count"),
      row.fn.count<number>("begunAt").as("begun"),
    ])
    .where("rolloutId", "=", rolloutId)
    .groupBy(["stream", "outcome"])
    .orderBy("stream")
    .execute();
  return [...Map.groupBy(rows, ({ stream }) => stream)].map(([stream, own]) => {
    const of = (outcome: RolloutDomainRow["outcome"]): number => own.find((row) => row.outcome === outcome)?.count ?? 0;
    const begun = own.reduce((sum, row) => sum + (row.outcome === "left" ? 0 : row.begun), 0);
    const domains = own.reduce((sum, row) => sum + row.count, 0);
    return { stream, domains, begun, rotated: of("rotated"), failed: of("failed"), left: of("left") };
  });
}

/** Domains of a rollout in their order, after `place`: of one wave that have this outcome, or of all. */
export async function listRolloutDomains(
  db: Database,
  rolloutId: string,
  which: { wave?: number; outcome?: RolloutDomainRow["outcome"]; begun?: boolean; after?: number },
  limit: number,
): Promise<RolloutDomainRow[]> {
  let query = db
    .selectFrom("rolloutDomains")
    .selectAll()
    .where("rolloutId", "=", rolloutId)
    .orderBy("place")
    .limit(limit);
  const { wave, outcome, begun, after } = which;
  if (wave !== undefined) query = query.where("wave", "=", wave);
  if (outcome !== undefined)
    query = outcome === null ? query.where("outcome", "is", null) : query.where("outcome", "=", outcome);
  if (begun !== undefined) query = query.where("begunAt", begun ? "is not" : "is", null);
  if (after !== undefined) query = query.where("place", ">", after);
  return query.execute();
}

export async function updateRolloutDomain(
  trx: Transaction,
  { rolloutId, place }: Pick<RolloutDomainRow, "rolloutId" | "place">,
  change: Partial<Pick<RolloutDomainRow, "rotationId" | "begunAt" | "outcome" | "reason" | "endedAt">>,
): Promise<void> {
  await trx
    .updateTable("rolloutDomains")
    .set(change)
    .where("rolloutId", "=", rolloutId)
    .where("place", "=", place)
    .execute();
}

/**
 * Streams of claims in force whose active key began to sign before `before` (undefined: whenever), of a tenant, by name; of one claim the
 * default stream first. `streams`: only these; undefined: all.
 */
export async function listRotatable(
  db: Database,
  tenantId: string,
  { before, names, streams }: { before?: number; names?: readonly string[]; streams?: readonly string[] },
): Promise<(DomainStream & { name: string })[]> {
  const inForce = db
    .selectFrom("domains")
    .where("domains.tenantId", "=", tenantId)
    .where("verifiedAt", "is not", null)
    .where("suspendedAt", "is", null)
    .where("releasedAt", "is", null)
    .$if(names !== undefined, (query) => query.where("domains.name", "in", names!));
  const since = (stream: RawBuilder<string>) =>
    sql<boolean>`not exists (select 1 from keys inner join key_facts on key_facts.key_id = keys.id
      where keys.domain_id = domains.id and keys.stream = ${stream} and key_facts.kind = 'activated' and key_facts.at > ${before})`;
  const isWanted = (stream: string): boolean => streams === undefined || streams.includes(stream);
  const ofDefault = isWanted("")
    ? await inForce
        .select(["domains.id as domainId", "domains.name", sql.lit("").as("stream")])
        .$if(before !== undefined, (query) => query.where(since(sql.lit(""))))
        .execute()
    : [];
  const named = await inForce
    .innerJoin("streams", "streams.domainId", "domains.id")
    .select(["domains.id as domainId", "domains.name", "streams.name as stream"])
    .where("streams.removedAt", "is", null)
    .$if(streams !== undefined, (query) => query.where("streams.name", "in", streams!))
    .$if(before !== undefined, (query) => query.where(since(sql.ref("streams.name"))))
    .execute();
  const inOrder = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
  return [...ofDefault, ...named].sort(
    (one, other) => inOrder(one.name, other.name) || inOrder(one.stream, other.stream),
  );
}

/**
 * Which rotations of these domains were answered: by a switch of each role that the domain signs with and its stream has ever signed with
 * (a second key whose names nobody publishes holds nothing up). At most a few hundred domains at a time.
 */
export async function servedRotations(db: Database, domainIds: readonly string[]): Promise<Set<string>> {
  if (domainIds.length === 0) return new Set();
  const rows = await db
    .selectFrom("keyFacts")
    .innerJoin("keys", "keys.id", "keyFacts.keyId")
    .innerJoin("domains", "domains.id", "keys.domainId")
    .select(["keys.domainId", "keys.stream", "keys.role", "keyFacts.evidence", "domains.algorithms"])
    .where("keys.domainId", "in", domainIds)
    .where("keyFacts.kind", "=", "activated")
    .execute();
  const served = new Set<string>();
  for (const own of Map.groupBy(rows, ({ domainId, stream }) => `${domainId} ${stream}`).values()) {
    const signsWith = (JSON.parse(own[0]!.algorithms) as KeyAlgorithm[]).map(roleOf);
    const roles = [...new Set(own.map(({ role }) => role))].filter((role) => signsWith.includes(role));
    const [first = new Set<string>(), ...others] = roles.map(
      (role) => new Set(own.flatMap((row) => (row.role === role ? servedBy(row.evidence) : []))),
    );
    for (const id of first) if (others.every((ids) => ids.has(id))) served.add(id);
  }
  return served;
}

function servedBy(evidence: string): string[] {
  const { serves, alsoServes = [] } = JSON.parse(evidence) as { serves: string; alsoServes?: string[] };
  return [serves, ...alsoServes];
}

const opened = (row: Selectable<RolloutTable>): RolloutRow => ({
  ...row,
  plan: JSON.parse(row.plan) as RolloutPlan,
  waves: JSON.parse(row.waves) as number[],
});
