import type { Coverage, ReportedUse, SourceUse } from "../../model/key/use-elsewhere.ts";
import { ancestorsOf } from "./ancestors.ts";
import { type Page, pageOf, type PageRequest, rowsToFetch } from "./page.ts";
import type { Database, NewReport, ReportRow, Transaction } from "./schema.ts";

/** What a report saw of one selector; an empty selector: of signatures whose selector it leaves out. */
export type SelectorUse = {
  signingDomain: string;
  selector: string;
  passed: number;
  failed: number;
  sources: readonly SourceUse[];
};

/** Rows of one statement: far below what both databases take. */
const rowsMax = 500;
/** Reports of one key's use that are looked at, the latest first. */
const usesMax = 2000;
const organizationsMax = 20;

/** Records a report and what it saw. False: it was recorded before. */
export async function insertReport(
  trx: Transaction,
  report: NewReport,
  uses: readonly SelectorUse[],
): Promise<boolean> {
  const inserted = await trx
    .insertInto("reports")
    .values(report)
    .onConflict((conflict) => conflict.columns(["tenantId", "identity"]).doNothing())
    .returning("seq")
    .executeTakeFirst();
  if (inserted === undefined) return false;
  const { tenantId } = report;
  const rows = uses.map((use) => ({
    ...use,
    tenantId,
    reportSeq: inserted.seq,
    sources: JSON.stringify(use.sources),
  }));
  for (let at = 0; at < rows.length; at += rowsMax)
    await trx
      .insertInto("reportUses")
      .values(rows.slice(at, at + rowsMax))
      .execute();
  return true;
}

/** A tenant's reports in the order in which they came. */
export async function listReports(db: Database, tenantId: string, page: PageRequest): Promise<Page<ReportRow>> {
  let query = db
    .selectFrom("reports")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .orderBy("seq")
    .limit(rowsToFetch(page));
  if (page.after !== undefined) query = query.where("seq", ">", Number(page.after));
  return pageOf(await query.execute(), page, ({ seq }) => String(seq));
}

/** What the tenant's reports saw of a selector, the latest first. An empty selector: of those that name none, since `since`. */
export async function reportedUses(
  db: Database | Transaction,
  tenantId: string,
  { signingDomain, selector, since = 0 }: { signingDomain: string; selector: string; since?: number },
): Promise<ReportedUse[]> {
  const rows = await db
    .selectFrom("reportUses")
    .innerJoin("reports", "reports.seq", "reportUses.reportSeq")
    .select(["reports.organization", "reports.endAt", "reports.takenAt"])
    .select(["reportUses.passed", "reportUses.failed", "reportUses.sources"])
    .where("reportUses.tenantId", "=", tenantId)
    .where("reportUses.signingDomain", "=", signingDomain)
    .where("reportUses.selector", "=", selector)
    .where(({ fn }) => fn.coalesce("reports.endAt", "reports.takenAt"), ">=", since)
    .orderBy("reports.seq", "desc")
    .limit(usesMax)
    .execute();
  return rows.map((row) => ({ ...row, sources: JSON.parse(row.sources) as SourceUse[] }));
}

/** The reports about mail From a domain, or a domain above it, that reach into the time since `since`. Null: there is none. */
export async function reportCoverage(
  db: Database | Transaction,
  tenantId: string,
  domain: string,
  since: number,
): Promise<Coverage | null> {
  const rows = await db
    .selectFrom("reports")
    .select(({ fn }) => [
      "organization",
      fn.count<number>("seq").as("reports"),
      fn.min<number>("beginAt").as("from"),
      fn.max<number>("endAt").as("until"),
    ])
    .where("tenantId", "=", tenantId)
    .where("kind", "=", "aggregate")
    .where("domain", "in", [domain, ...ancestorsOf(domain)])
    .where("beginAt", "is not", null)
    .where("endAt", ">=", since)
    .groupBy("organization")
    .orderBy("organization")
    .execute();
  if (rows.length === 0) return null;
  return {
    from: Math.min(...rows.map(({ from }) => from)),
    until: Math.max(...rows.map(({ until }) => until)),
    reports: rows.reduce((total, { reports }) => total + reports, 0),
    organizations: rows.slice(0, organizationsMax).map(({ organization }) => organization),
  };
}

/** Reports of long ago go, with what they saw. */
export async function pruneReports(db: Database, before: number): Promise<void> {
  const old = db.selectFrom("reports").select("seq").where("takenAt", "<", before);
  await db.deleteFrom("reportUses").where("reportSeq", "in", old).execute();
  await db.deleteFrom("reports").where("takenAt", "<", before).execute();
}
