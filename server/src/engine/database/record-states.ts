import type { Database, RecordStateRow, Transaction } from "./schema.ts";

/** Stores the latest observation of a record. One that is older than what is stored changes nothing. */
export async function putRecordState(trx: Transaction, state: RecordStateRow): Promise<void> {
  const latest = { state: state.state, found: JSON.stringify(state.found), checkedAt: state.checkedAt };
  await trx
    .insertInto("recordStates")
    .values({ domainId: state.domainId, name: state.name, type: state.type, ...latest })
    .onConflict((conflict) =>
      conflict
        .columns(["domainId", "name", "type"])
        .doUpdateSet(latest)
        .where("recordStates.checkedAt", "<=", state.checkedAt),
    )
    .execute();
}

/** The latest observations for a claim of this tenant. */
export async function listRecordStates(db: Database, tenantId: string, domainId: string): Promise<RecordStateRow[]> {
  const rows = await db
    .selectFrom("recordStates")
    .innerJoin("domains", "domains.id", "recordStates.domainId")
    .selectAll("recordStates")
    .where("domains.tenantId", "=", tenantId)
    .where("domains.id", "=", domainId)
    .orderBy("recordStates.name")
    .orderBy("recordStates.type")
    .execute();
  return rows.map((row) => ({ ...row, found: JSON.parse(row.found) as unknown }));
}
