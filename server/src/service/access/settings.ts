import { appendAuditLog } from "../../engine/database/audit-log.ts";
import type { Database } from "../../engine/database/schema.ts";
import { putSetting, removeSetting } from "../../engine/database/settings.ts";
import type { Transaction } from "../../engine/database/schema.ts";
import { Refusal } from "../refusal.ts";
import { transact } from "../../engine/database/transact.ts";

/** Sets what was asked in one transaction; null takes a setting back. The caller has checked names and values. */
export async function changeSettings(
  db: Database,
  changes: ReadonlyMap<string, unknown>,
  actor: string,
  now: number,
): Promise<void> {
  await transact(db, async (trx) => {
    if (changes.has("dns.zone")) await refuseWithClaims(trx);
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

/** Customers' records lead to names in the zone that there is: another zone would leave them all dangling. */
async function refuseWithClaims(trx: Transaction): Promise<void> {
  const claim = await trx.selectFrom("domains").select("name").where("releasedAt", "is", null).executeTakeFirst();
  if (claim !== undefined)
    throw new Refusal(
      "not-ready",
      `dns.zone cannot change while domains use it (${claim.name} does); remove them first`,
    );
}
