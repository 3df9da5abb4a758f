import type { Database } from "./schema.ts";

/** Findings of these codes that opened since then at the tenant's watch of a delegated domain and are still open, worst first. */
export async function openFindingsSince(
  db: Database,
  tenantId: string,
  domainId: string,
  codes: readonly string[],
  since: number,
): Promise<{ code: string; subject: string }[]> {
  return db
    .selectFrom("findings")
    .innerJoin("watches", "watches.id", "findings.watchId")
    .innerJoin("domains", "domains.name", "watches.name")
    .select(["findings.code", "findings.subject"])
    .where("watches.tenantId", "=", tenantId)
    .where("domains.tenantId", "=", tenantId)
    .where("domains.id", "=", domainId)
    .where("findings.state", "=", "open")
    .where("findings.code", "in", codes)
    .where("findings.openedAt", ">=", since)
    .orderBy("findings.severity")
    .orderBy("findings.seq")
    .execute();
}
