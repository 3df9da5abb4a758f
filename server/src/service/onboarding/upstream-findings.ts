import { listAliasFacts } from "../../engine/database/alias-facts.ts";
import { listRecordStates } from "../../engine/database/record-states.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { readAliasFact } from "../../model/alias/alias-fact.ts";
import { aliasFindings, isFirstOnItsWay, type TargetSeen } from "../../model/alias/alias-finding.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import type { Finding } from "../../model/finding.ts";
import { claimOf, dnsOf, type OnboardingSettings } from "./claim.ts";

/**
 * What is wrong with the aliases of a claim that lead on to upstreams, by what the controller saw last. `onTheirWay`: key names
 * whose records the customer leaves as they are, since ours are not served yet.
 */
export async function upstreamFindings(
  db: Database,
  row: DomainRow,
  settings: OnboardingSettings,
): Promise<{ findings: Finding[]; onTheirWay: ReadonlySet<string> }> {
  const claim = claimOf(row);
  const aliases = methodOf(claim.method).upstreamAliases?.(claim, dnsOf(settings)) ?? [];
  if (aliases.length === 0) return { findings: [], onTheirWay: new Set() };
  const facts = await listAliasFacts(db, row.tenantId, row.id);
  const states = (await listRecordStates(db, row.tenantId, row.id)).filter(({ type }) => type === "UPSTREAM");
  const seen = states.map(({ name, state, found }): TargetSeen => {
    const { names = [name], reasons = [], open = [], problems = [] } = found as Partial<TargetSeen>;
    return { name, state, names, reasons, open, problems };
  });
  const own = aliases.map(({ selector, keyName }) => ({
    domain: row.name,
    selector,
    keyName,
    facts: facts.filter((fact) => fact.selector === selector).map(readAliasFact),
  }));
  return {
    findings: own.flatMap((alias) => aliasFindings(alias, seen)),
    onTheirWay: new Set(own.filter((alias) => isFirstOnItsWay(alias.facts)).map(({ keyName }) => keyName)),
  };
}
