import { listRecordStates } from "../../engine/database/record-states.ts";
import type { Database } from "../../engine/database/schema.ts";
import type { Former } from "../../model/delegation/former-record.ts";
import type { KeyEvidence, TrustedMs } from "../../model/key/key-fact.ts";
import type { ManagedKey } from "../../model/rotation/rotation-state.ts";

/**
 * What looks at the claim found where the customer's records lead to this key now, as far as caches may still hold it. Who sees a key for
 * the first time when all is well does not know of it.
 */
export async function formerRecords(
  db: Database,
  { id, tenantId }: { id: string; tenantId: string },
  { chain }: ManagedKey,
  trustedMs: TrustedMs,
): Promise<KeyEvidence["superseded"][]> {
  const names = new Set([
    ...chain.aliases.map(({ name }) => name),
    ...(chain.delegation ? [chain.delegation.name] : []),
  ]);
  const states = names.size === 0 ? [] : await listRecordStates(db, tenantId, id);
  return states.flatMap(({ name, found }) => {
    const { former } = found as { former?: Former };
    if (!names.has(name) || former === undefined || former.untilMs <= trustedMs) return [];
    return [{ zone: former.zone, positiveTtlSeconds: Math.ceil((former.untilMs - trustedMs) / 1000) }];
  });
}
