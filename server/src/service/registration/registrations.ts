import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { findRegistration, listRegistrations, tellRegistration } from "../../engine/database/registrations.ts";
import type { Database, RegistrationRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import type { Seconds } from "../../model/seconds.ts";
import { Refusal } from "../refusal.ts";

/** The domains whose registration is watched: those that the zones of names held for others are in. */
export const registrations = (db: Database): Promise<RegistrationRow[]> => listRegistrations(db);

/** Notes by hand until when a domain is registered. Refuses one that nothing here depends on. */
export async function tellExpiry(
  db: Database,
  { name, expiresAt, by, now }: { name: string; expiresAt: Seconds; by: string; now: Seconds },
): Promise<RegistrationRow> {
  await transact(db, async (trx) => {
    if ((await findRegistration(trx, name)) === undefined)
      throw new Refusal(
        "not-found",
        `no name is held for others below ${name}; "chancery domain registration" lists what is watched`,
      );
    await tellRegistration(trx, name, { expiresAt, now });
    const entry = { tenantId: null, at: now, actor: by, action: "registration.tell", subject: name };
    await appendAuditLog(trx, { ...entry, detail: { expiresAt } });
  });
  return (await findRegistration(db, name))!;
}
