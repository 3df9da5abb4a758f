import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { holdersAbove, isClosedAbove } from "../../engine/database/claims-around.ts";
import { appendClaimFact, listClaimFacts, putClaimLook } from "../../engine/database/claim-facts.ts";
import { markDomainReleased, markDomainSuspended, markDomainVerified } from "../../engine/database/domains.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import type { Database, DomainRow, Transaction } from "../../engine/database/schema.ts";
import { claimFindingOf, rowChangeOf } from "../../model/claim/claim-clock.ts";
import { type ClaimFact, type ClaimFactKind, type ClaimFinding, readClaimFact } from "../../model/claim/claim-fact.ts";
import type { ProofSight } from "../../model/claim/claim-proof.ts";
import type { TrustedMs } from "../../model/key/key-fact.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";

/** What a look at the proof of control came to: the fact that was recorded, or why it was not. */
export type Proved = ClaimFactKind | "claimed-elsewhere" | "closed-above" | undefined;

/** The facts of a claim. One that a version before facts verified has none, and counts as proven. */
export async function claimFacts(db: Database, row: DomainRow): Promise<ClaimFact[]> {
  const facts = (await listClaimFacts(db, row.tenantId, row.id)).map(readClaimFact);
  if (facts.length > 0 || row.verifiedAt === null) return facts;
  return [{ kind: "proven", evidence: { addresses: [] }, at: row.verifiedAt, trustedMs: 0 }];
}

/** Records what one look at the proof means for the claim. The claim's row is locked, and not released. */
export async function recordProof(
  trx: Transaction,
  row: DomainRow,
  look: ProofSight,
  moment: { at: number; trustedMs: TrustedMs },
  { policy, actor = "controller" }: { policy: TimingPolicy; actor?: string },
): Promise<Proved> {
  await putClaimLook(trx, row.id, moment.trustedMs);
  const finding = claimFindingOf(await claimFacts(trx, row), look, moment.trustedMs, policy);
  if (finding === undefined) return undefined;
  if (finding.kind === "proven" && row.verifiedAt === null) {
    if (await isClosedAbove(trx, row.tenantId, row.name)) return "closed-above";
    // Bound to the claim and to the token that was seen: of any number that come at once, the database lets one through.
    const outcome = await markDomainVerified(trx, row.tenantId, row.id, moment.at, row.challengeToken);
    if (outcome === "gone") return undefined;
    if (outcome === "claimed-elsewhere") return outcome;
    await tellHoldersAbove(trx, row, moment.at);
  }
  await recordClaimFact(trx, row, finding, moment, actor);
  return finding.kind;
}

/** Records a fact of a claim with what it means for the claim's row, which is locked. */
export async function recordClaimFact(
  trx: Transaction,
  row: DomainRow,
  finding: ClaimFinding,
  { at, trustedMs }: { at: number; trustedMs: TrustedMs },
  actor: string,
): Promise<void> {
  const { kind, evidence } = finding;
  await appendClaimFact(trx, { domainId: row.id, kind, evidence, at, trustedMs });
  const change = rowChangeOf[kind];
  if (change === "suspend") await markDomainSuspended(trx, row.tenantId, row.id, at);
  if (change === "lift") await markDomainSuspended(trx, row.tenantId, row.id, null, at);
  if (change === "release") await markDomainReleased(trx, row.tenantId, row.id, at);
  if (change !== undefined) await wakeDomain(trx, row.id, at);
  const action = actions[kind];
  await appendAuditLog(trx, { tenantId: row.tenantId, at, actor, action, subject: row.name, detail: { ...evidence } });
}

const actions: Record<ClaimFactKind, string> = {
  proven: "domain.verified",
  missed: "domain.proof-missed",
  found: "domain.proof-found",
  warned: "domain.proof-warned",
  suspended: "domain.suspended",
  reinstated: "domain.reinstated",
  released: "domain.released",
};

/** Who holds a domain above is told that a name below it was verified by somebody else, and not by whom. */
async function tellHoldersAbove(trx: Transaction, row: DomainRow, at: number): Promise<void> {
  for (const { tenantId, name } of await holdersAbove(trx, row.tenantId, row.name))
    await appendAuditLog(trx, {
      tenantId,
      at,
      actor: "controller",
      action: "domain.verified-below",
      subject: name,
      detail: { name: row.name },
    });
}
