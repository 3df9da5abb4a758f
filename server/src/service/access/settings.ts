import { appendAuditLog } from "../../engine/database/audit-log.ts";
import type { Database } from "../../engine/database/schema.ts";
import { putSetting, removeSetting } from "../../engine/database/settings.ts";
import { transact } from "../../engine/database/transact.ts";

/** Sets what was asked in one transaction; null takes a setting back. The caller has checked names and values. */
export async function changeSettings(
  db: Database,
  changes: ReadonlyMap<string, unknown>,
  actor: string,
  now: number,
): Promise<void> {
  await transact(db, async (trx) => {
    for (const [name, value] of changes)
      if (value === null) await removeSetting(trx, name);
      else await putSetting(trx, name, value, now);
    await appendAuditLog(trx, {
      tenantId: null,
      at: now,
      actor,
      action: "settings.change",
      subject: [...changes.keys()].join(" "),
      detail: Object.fromEntries(changes),
    });
  });
}
