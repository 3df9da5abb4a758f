import type { WatchEvent } from "../../model/watch/event.ts";
import { severityRank } from "../../model/watch/fold-findings.ts";
import type {
  FindingWords,
  Observation,
  TrackedFinding,
  TrackedSelector,
  WatchHistory,
} from "../../model/watch/history.ts";
import { severities } from "../../model/finding.ts";
import type { Database, Transaction, WatchRow } from "./schema.ts";
import type { FindingTable, ObservationTable, WatchedSelectorTable } from "./schema-watches.ts";
import type { Selectable } from "kysely";

/** So many events are kept of one watch. */
const eventsMax = 1000;

/** Everything that is remembered of a watch. */
export async function loadHistory(db: Database, { id, look, apartAt }: WatchRow): Promise<WatchHistory> {
  const observations = await db
    .selectFrom("observations")
    .selectAll()
    .where("watchId", "=", id)
    .orderBy("name")
    .orderBy("turn")
    .execute();
  const selectors = await db
    .selectFrom("watchedSelectors")
    .selectAll()
    .where("watchId", "=", id)
    .orderBy("selector")
    .execute();
  const findings = await db.selectFrom("findings").selectAll().where("watchId", "=", id).orderBy("seq").execute();
  return {
    look,
    apartAt,
    observations: observations.map(observationOf),
    selectors: selectors.map(selectorOf),
    findings: findings.map(findingOf),
  };
}

/** Writes what differs between two states of a history: what a look left as it was costs nothing. */
export async function storeHistory(
  trx: Transaction,
  { id, tenantId }: Pick<WatchRow, "id" | "tenantId">,
  before: WatchHistory,
  after: WatchHistory,
): Promise<void> {
  await storeObservations(trx, id, before.observations, after.observations);
  const owner = { watchId: id, tenantId };
  for (const selector of changed(before.selectors, after.selectors)) {
    const row = { ...selector, sources: JSON.stringify(selector.sources) };
    await trx
      .insertInto("watchedSelectors")
      .values({ ...owner, ...row })
      .onConflict((conflict) => conflict.columns(["watchId", "selector"]).doUpdateSet(row))
      .execute();
  }
  for (const { severity, check, told, ...finding } of changed(before.findings, after.findings)) {
    const row = { ...finding, severity: severityRank(severity), checkName: check, told: JSON.stringify(told) };
    await trx
      .insertInto("findings")
      .values({ ...owner, ...row })
      .onConflict((conflict) => conflict.columns(["watchId", "code", "subject"]).doUpdateSet(row))
      .execute();
  }
  const kept = new Set(after.findings.map(({ code, subject }) => `${code} ${subject}`));
  for (const { code, subject } of before.findings)
    if (!kept.has(`${code} ${subject}`))
      await trx
        .deleteFrom("findings")
        .where("watchId", "=", id)
        .where("code", "=", code)
        .where("subject", "=", subject)
        .execute();
}

const changed = <Row>(before: readonly Row[], after: readonly Row[]): Row[] => {
  const same = new Set(before);
  return after.filter((row) => !same.has(row));
};

async function storeObservations(
  trx: Transaction,
  watchId: string,
  before: readonly Observation[],
  after: readonly Observation[],
): Promise<void> {
  for (const observation of changed(before, after)) {
    const { aliases, texts, ...rest } = observation;
    const { lastSeenAt, looks } = rest;
    await trx
      .insertInto("observations")
      .values({ watchId, ...rest, aliases: JSON.stringify(aliases), texts: JSON.stringify(texts) })
      .onConflict((conflict) => conflict.columns(["watchId", "name", "turn"]).doUpdateSet({ lastSeenAt, looks }))
      .execute();
  }
  const oldest = new Map(after.toReversed().map(({ name, turn }) => [name, turn]));
  const past = new Set(before.filter(({ name, turn }) => turn < (oldest.get(name) ?? 0)).map(({ name }) => name));
  for (const name of past)
    await trx
      .deleteFrom("observations")
      .where("watchId", "=", watchId)
      .where("name", "=", name)
      .where("turn", "<", oldest.get(name)!)
      .execute();
}

/** Appends events of a watch; the oldest go when there are too many. */
export async function appendEvents(
  trx: Transaction,
  { id, tenantId }: Pick<WatchRow, "id" | "tenantId">,
  at: number,
  events: readonly WatchEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await trx
    .insertInto("watchEvents")
    .values(
      events.map(({ kind, subject, ...detail }) => ({
        watchId: id,
        tenantId,
        at,
        kind,
        subject,
        detail: JSON.stringify(detail),
      })),
    )
    .execute();
  const oldestKept = await trx
    .selectFrom("watchEvents")
    .select("seq")
    .where("watchId", "=", id)
    .orderBy("seq", "desc")
    .offset(eventsMax - 1)
    .limit(1)
    .executeTakeFirst();
  if (oldestKept === undefined) return;
  await trx.deleteFrom("watchEvents").where("watchId", "=", id).where("seq", "<", oldestKept.seq).execute();
}

export function observationOf({ watchId: _watch, ...row }: Selectable<ObservationTable>): Observation {
  return {
    ...row,
    aliases: JSON.parse(row.aliases) as Observation["aliases"],
    texts: JSON.parse(row.texts) as string[],
  };
}

export function selectorOf({
  watchId: _watch,
  tenantId: _tenant,
  ...row
}: Selectable<WatchedSelectorTable>): TrackedSelector {
  return { ...row, sources: JSON.parse(row.sources) as TrackedSelector["sources"] };
}

export function findingOf(row: Selectable<FindingTable>): TrackedFinding {
  const { seq: _seq, watchId: _watch, tenantId: _tenant, checkName, severity, told, ...rest } = row;
  return {
    ...rest,
    check: checkName,
    severity: severities[severity] ?? "low",
    told: JSON.parse(told) as FindingWords,
  };
}
