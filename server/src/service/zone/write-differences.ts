import { putRecords, removeRrset } from "../../engine/database/records.ts";
import type { Transaction } from "../../engine/database/schema.ts";
import type { RrsetDifference } from "../../model/zone/change.ts";
import { recordsOf } from "../../model/zone/rrset.ts";

/** Makes differences true in the records of a zone. `raiseSerial` belongs in the same transaction. */
export async function writeDifferences(
  trx: Transaction,
  zoneId: string,
  differences: readonly RrsetDifference[],
  source: "user" | "import",
): Promise<void> {
  for (const { name, type, before } of differences)
    if (before !== undefined) await removeRrset(trx, zoneId, name, type);
  const records = differences.flatMap(({ after }) => (after === undefined ? [] : recordsOf(after)));
  await putRecords(
    trx,
    zoneId,
    records.map((record) => ({ ...record, source })),
  );
}
