import { listNameServerReports, putNameServerReport } from "../../engine/database/name-server-reports.ts";
import type { Database } from "../../engine/database/schema.ts";
import type { LostContact } from "./contact.ts";
import type { CopyReport } from "./copy-watch.ts";
import type { QueryStatistics } from "../../engine/dns-server/query-statistics.ts";

/** What a name server says of itself, every few seconds. */
export type NameServerReport = {
  /** As NSID tells it. */
  node: string;
  version: string;
  /** HOST:PORT. */
  listen: string;
  startedAt: number;
  at: number;
  /** How many zones it answers from. */
  zones: number;
  /** Zones that are its own and cannot be served; at most a hundred. */
  notReady: readonly string[];
  /** Serial by origin; of the first zones by name, as many as `serialsMax`. */
  serials: Readonly<Record<string, number>>;
  /** Zones whose content a person has to decide about, each as a sentence; absent from older versions. */
  conflicts?: readonly string[];
  /** Record sets that were overridden on the name server itself: `NAME TYPE`. */
  overrides?: readonly string[];
  /** Why nothing new can be taken over until the name server is started again. */
  lost?: string;
  queries: QueryStatistics;
  /** What each address of each secondary serves; absent from older versions. */
  copies?: readonly CopyReport[];
  /** Zones that secondaries cannot copy, since they are signed as they are asked; the first twenty. */
  notCopied?: readonly string[];
  /** Secondaries that have not asked for so long that their copies may end. */
  silent?: readonly LostContact[];
  /** Seconds that the last change took to be at all of them, and the longest since the start. */
  visible?: { lastSeconds?: number; longestSeconds?: number };
};

/** A metric a zone is for installations where somebody can look at each. */
export const serialsMax = 500;
export const reportEverySeconds = 10;
/** A name server that was silent for so long is gone, or cannot reach the database. */
export const silentAfterSeconds = 60;
/** After which a report is no longer told of: the machine was taken away. */
const forgottenAfterSeconds = 7 * 86_400;

export async function putReport(db: Database, report: NameServerReport): Promise<void> {
  await putNameServerReport(db, report.node, report.at, report);
}

/** The last report of each name server that was there within a week. */
export async function listReports(db: Database, now: number): Promise<NameServerReport[]> {
  return (await listNameServerReports(db, now - forgottenAfterSeconds)) as NameServerReport[]; // by `putReport`
}
