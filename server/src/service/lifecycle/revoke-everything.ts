import { listDomainsChangedAfter } from "../../engine/database/domains.ts";
import type { PageRequest } from "../../engine/database/page.ts";
import type { Onlooker } from "./key-list.ts";
import { revokeAllKeys } from "./revoke-key.ts";

/**
 * Revokes the keys of a wave of domains, of whatever tenant, stand-bys included: for a KEK or a machine that others may have read. `next` is where
 * the next wave begins; null after the last one. Who waits between the waves keeps new keys from being made all at once.
 */
export async function revokeEverything(
  deps: Onlooker,
  { actor, reason, wave }: { actor: string; reason: string; wave: PageRequest },
): Promise<{ domains: number; keys: number; next: string | null }> {
  const { rows, next } = await listDomainsChangedAfter(deps.db, 0, wave);
  let [domains, keys] = [0, 0];
  for (const { id: domainId, tenantId } of rows) {
    const revoked = await revokeAllKeys(deps, { tenantId, domainId, actor }, reason);
    domains += revoked > 0 ? 1 : 0;
    keys += revoked;
  }
  return { domains, keys, next: next ?? null };
}
