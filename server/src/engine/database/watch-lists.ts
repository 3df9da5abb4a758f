import type { TrackedFinding, TrackedSelector, Observation } from "../../model/watch/history.ts";
import {
  MalformedCursor,
  numberedCursor,
  pageOf,
  readNumberedCursor,
  rowsToFetch,
  type Page,
  type PageRequest,
} from "./page.ts";
import type { Database } from "./schema.ts";
import type { WatchEventTable } from "./schema-watches.ts";
import { findingOf, observationOf, selectorOf } from "./watch-history.ts";
import type { Selectable } from "kysely";

export type FindingFilter = {
  state: TrackedFinding["state"];
  /** The least bad that is listed, as its place in the list of severities. */
  severityAtMost: number;
  /** A watched domain; absent: all of the tenant. */
  watchId?: string | undefined;
};

/** The tenant's findings, the worst first. */
export async function listFindings(
  db: Database,
  tenantId: string,
  { state, severityAtMost, watchId }: FindingFilter,
  page: PageRequest,
): Promise<Page<TrackedFinding & { domain: string }>> {
  let query = db
    .selectFrom("findings")
    .innerJoin("watches", "watches.id", "findings.watchId")
    .selectAll("findings")
    .select("watches.name as domain")
    .where("findings.state", "=", state)
    .where("findings.severity", "<=", severityAtMost)
    .orderBy("findings.severity")
    .orderBy("findings.seq")
    .limit(rowsToFetch(page));
  // Findings of one domain are found by its row, those of all by their own: each way has its index.
  query =
    watchId === undefined
      ? query.where("findings.tenantId", "=", tenantId)
      : query.where("watches.tenantId", "=", tenantId).where("findings.watchId", "=", watchId);
  if (page.after !== undefined) {
    const { number: severity, text } = readNumberedCursor(page.after);
    const seq = Number(text);
    if (!Number.isSafeInteger(seq)) throw new MalformedCursor();
    query = query.where((row) =>
      row.or([
        row("findings.severity", ">", severity),
        row.and([row("findings.severity", "=", severity), row("findings.seq", ">", seq)]),
      ]),
    );
  }
  const { rows, next } = pageOf(await query.execute(), page, (row) => numberedCursor(row.severity, String(row.seq)));
  return { rows: rows.map(({ domain, ...row }) => ({ ...findingOf(row), domain })), next };
}

/** How many findings a watch has: open ones by their place in the list of severities, and suspected ones. */
export type FindingCounts = { open: Map<number, number>; suspected: number };

export async function countFindings(
  db: Database,
  tenantId: string,
  watchIds: readonly string[],
): Promise<Map<string, FindingCounts>> {
  const counts = new Map(watchIds.map((id): [string, FindingCounts] => [id, { open: new Map(), suspected: 0 }]));
  if (watchIds.length === 0) return counts;
  const rows = await db
    .selectFrom("findings")
    .innerJoin("watches", "watches.id", "findings.watchId")
    .select(["findings.watchId", "findings.state", "findings.severity"])
    .select((row) => row.fn.countAll<number>().as("count"))
    .where("watches.tenantId", "=", tenantId)
    .where("findings.watchId", "in", watchIds)
    .where("findings.state", "in", ["open", "suspected"])
    .groupBy(["findings.watchId", "findings.state", "findings.severity"])
    .execute();
  for (const { watchId, state, severity, count } of rows) {
    const counted = counts.get(watchId)!;
    if (state === "open") counted.open.set(severity, count);
    else counted.suspected += count;
  }
  return counts;
}

/** The tenant's inventory, by key name. */
export async function listSelectors(
  db: Database,
  tenantId: string,
  watchId: string | undefined,
  page: PageRequest,
): Promise<Page<TrackedSelector & { domain: string }>> {
  let query = db
    .selectFrom("watchedSelectors")
    .innerJoin("watches", "watches.id", "watchedSelectors.watchId")
    .selectAll("watchedSelectors")
    .select("watches.name as domain")
    .orderBy("watchedSelectors.keyName")
    .limit(rowsToFetch(page));
  query =
    watchId === undefined
      ? query.where("watchedSelectors.tenantId", "=", tenantId)
      : query.where("watches.tenantId", "=", tenantId).where("watchedSelectors.watchId", "=", watchId);
  if (page.after !== undefined) query = query.where("watchedSelectors.keyName", ">", page.after);
  const { rows, next } = pageOf(await query.execute(), page, ({ keyName }) => keyName);
  return { rows: rows.map(({ domain, ...row }) => ({ ...selectorOf(row), domain })), next };
}

/** What was seen at the key names of a watch of this tenant, by name and in order. */
export async function listObservations(
  db: Database,
  tenantId: string,
  watchId: string,
  page: PageRequest,
): Promise<Page<Observation>> {
  let query = db
    .selectFrom("observations")
    .innerJoin("watches", "watches.id", "observations.watchId")
    .selectAll("observations")
    .where("watches.tenantId", "=", tenantId)
    .where("observations.watchId", "=", watchId)
    .orderBy("observations.name")
    .orderBy("observations.turn")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) {
    const { number: turn, text: name } = readNumberedCursor(page.after);
    query = query.where((row) =>
      row.or([
        row("observations.name", ">", name),
        row.and([row("observations.name", "=", name), row("observations.turn", ">", turn)]),
      ]),
    );
  }
  const rows = (await query.execute()).map(observationOf);
  return pageOf(rows, page, ({ name, turn }) => numberedCursor(turn, name));
}

export type StoredEvent = Omit<Selectable<WatchEventTable>, "detail" | "tenantId" | "watchId"> & {
  domain: string;
  detail: Record<string, unknown>;
};

/** What changed, the newest first. */
export async function listWatchEvents(
  db: Database,
  tenantId: string,
  watchId: string | undefined,
  page: PageRequest,
): Promise<Page<StoredEvent>> {
  let query = db
    .selectFrom("watchEvents")
    .innerJoin("watches", "watches.id", "watchEvents.watchId")
    .select(["watchEvents.seq", "watchEvents.at", "watchEvents.kind", "watchEvents.subject", "watchEvents.detail"])
    .select("watches.name as domain")
    .orderBy("watchEvents.seq", "desc")
    .limit(rowsToFetch(page));
  query =
    watchId === undefined
      ? query.where("watchEvents.tenantId", "=", tenantId)
      : query.where("watches.tenantId", "=", tenantId).where("watchEvents.watchId", "=", watchId);
  if (page.after !== undefined) query = query.where("watchEvents.seq", "<", readNumberedCursor(page.after).number);
  const rows = (await query.execute()).map(({ detail, ...row }) => ({
    ...row,
    detail: JSON.parse(detail) as Record<string, unknown>,
  }));
  return pageOf(rows, page, ({ seq }) => String(seq));
}
