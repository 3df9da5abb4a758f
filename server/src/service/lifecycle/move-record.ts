import { setDomainMethod } from "../../engine/database/domains.ts";
import { appendMoveFact } from "../../engine/database/move-facts.ts";
import type { Transaction } from "../../engine/database/schema.ts";
import type { TrustedMs } from "../../model/key/key-fact.ts";
import type { MoveFinding } from "../../model/delegation/move.ts";
import { claimedBy, expectedRecords } from "../../model/delegation/delegation-methods.ts";
import { roleOf } from "../../model/key/key-role.ts";
import { closeDelegatedZones, removeCarriedAt } from "./own-record.ts";
import { removeStandIns, takeAlong } from "./stand-ins.ts";
import type { ZoneContext } from "./zone-rows.ts";
import type { LoadedDomain } from "./load-domain.ts";

/**
 * Records how far a claim's move has come. With the last key of the method that is left, the other one becomes the claim's for good; with
 * the customer's last record of it, its zone is served no more.
 */
export async function recordMove(
  trx: Transaction,
  {
    domain,
    nowMs,
    trustedMs,
    context,
  }: { domain: LoadedDomain; nowMs: number; trustedMs: TrustedMs; context: ZoneContext },
  { kind, evidence }: MoveFinding,
): Promise<void> {
  const { id: domainId, tenantId } = domain.row;
  const at = Math.floor(nowMs / 1000);
  await appendMoveFact(trx, { domainId, kind, evidence, at, trustedMs });
  if (kind === "settled") {
    await setDomainMethod(trx, tenantId, domainId, { from: domain.row.method, to: evidence.kept, at });
    const { claim, row } = domain;
    const gone = expectedRecords(claimedBy(claim, evidence.left), row.algorithms.map(roleOf), context.dns);
    const names = gone.filter(({ purpose }) => purpose !== "challenge").map(({ name }) => name);
    await removeCarriedAt(trx, domain, names, context);
    if (evidence.left === domain.move?.to) await removeStandIns(trx, domain, context);
    else await takeAlong(trx, domain, evidence.kept, evidence.left, context);
  }
  if (kind === "cleared") await closeDelegatedZones(trx, domain, context, domain.claim.method);
}
