import { usesOfDomain, usesOfDomainSince } from "../../engine/database/key-uses.ts";
import { reportCoverage, reportedUses } from "../../engine/database/reports.ts";
import type { Database, Transaction } from "../../engine/database/schema.ts";
import { recentUseSeconds, type UseElsewhere, useElsewhere } from "../../model/key/use-elsewhere.ts";
import type { Seconds } from "../../model/seconds.ts";

/** What our signers have told of a key's use. `lastUsedAt`: null, it never signed here. `recentSignatures`: of the last 14 days. */
export type UsesHere = { lastUsedAt: Seconds | null; signatures: number; recentSignatures: number };

/** Whoever takes a key away sees first whether it is still used. */
export async function usesHere(
  db: Database | Transaction,
  { tenantId, domainId }: { tenantId: string; domainId: string },
  keyId: string,
  now: Seconds,
): Promise<UsesHere> {
  const uses = (await usesOfDomain(db, tenantId, domainId)).get(keyId);
  const recent = await usesOfDomainSince(db, tenantId, domainId, now - recentUseSeconds);
  return {
    lastUsedAt: uses?.lastAt ?? null,
    signatures: uses?.signatures ?? 0,
    recentSignatures: recent.get(keyId) ?? 0,
  };
}

/** What the tenant's reports and mail show of a selector's use, whoever signs under it. */
export async function usesElsewhere(
  db: Database | Transaction,
  tenantId: string,
  { selector, keyName }: { selector: string; keyName: string },
  now: Seconds,
): Promise<UseElsewhere> {
  const signingDomain = keyName.slice(`${selector}._domainkey.`.length);
  const since = now - recentUseSeconds;
  const uses = await reportedUses(db, tenantId, { signingDomain, selector });
  const nameless = await reportedUses(db, tenantId, { signingDomain, selector: "", since });
  const unnamed = nameless.reduce((sum, { passed }) => sum + passed, 0);
  return useElsewhere(uses, { coverage: await reportCoverage(db, tenantId, signingDomain, since), unnamed }, now);
}
