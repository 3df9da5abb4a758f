import { usesOfDomain, usesOfDomainSince } from "../../engine/database/key-uses.ts";
import type { Database, Transaction } from "../../engine/database/schema.ts";
import { day, type Seconds } from "../../model/seconds.ts";

/** What our signers have told of a key's use. `lastUsedAt`: null, it never signed here. `recentSignatures`: of the last 14 days. */
export type UsesHere = { lastUsedAt: Seconds | null; signatures: number; recentSignatures: number };

const recentSeconds: Seconds = 14 * day;

/** Whoever takes a key away sees first whether it is still used. */
export async function usesHere(
  db: Database | Transaction,
  { tenantId, domainId }: { tenantId: string; domainId: string },
  keyId: string,
  now: Seconds,
): Promise<UsesHere> {
  const uses = (await usesOfDomain(db, tenantId, domainId)).get(keyId);
  const recent = await usesOfDomainSince(db, tenantId, domainId, now - recentSeconds);
  return {
    lastUsedAt: uses?.lastAt ?? null,
    signatures: uses?.signatures ?? 0,
    recentSignatures: recent.get(keyId) ?? 0,
  };
}
