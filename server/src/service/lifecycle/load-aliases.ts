import { listAliasFacts } from "../../engine/database/alias-facts.ts";
import type { Database } from "../../engine/database/schema.ts";
import { type AliasFact, readAliasFact } from "../../model/alias/alias-fact.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import type { DnsSettings, UpstreamAlias } from "../../model/delegation/delegation.ts";
import type { LoadedDomain } from "./load-domain.ts";

export type LoadedAlias = UpstreamAlias & { facts: readonly AliasFact[] };

/** The aliases of a claim that lead on to upstreams, with everything that was ever recorded about them. */
export async function loadAliases(
  db: Database,
  { row, claim }: Pick<LoadedDomain, "row" | "claim">,
  dns: DnsSettings,
): Promise<LoadedAlias[]> {
  const named = methodOf(claim.method).upstreamAliases?.(claim, dns) ?? [];
  if (named.length === 0) return [];
  const facts = Map.groupBy(await listAliasFacts(db, row.tenantId, row.id), ({ selector }) => selector);
  return named.map((alias) => ({ ...alias, facts: (facts.get(alias.selector) ?? []).map(readAliasFact) }));
}
