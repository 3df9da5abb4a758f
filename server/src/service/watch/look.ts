import { StaleLease } from "../../engine/database/faults.ts";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import type { Transaction, WatchRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { spend } from "../../engine/database/watch-budgets.ts";
import { returnWatch, type WatchOutcome } from "../../engine/database/watch-claims.ts";
import { appendEvents, loadHistory, storeHistory } from "../../engine/database/watch-history.ts";
import type { RecordState } from "../../model/delegation/record-check.ts";
import type { WatchEvent } from "../../model/watch/event.ts";
import { fold, isUnsettled } from "../../model/watch/fold.ts";
import { historyEvidenceOf } from "../../model/watch/history-evidence.ts";
import { longestTtlOf, lookOf } from "../../model/watch/look.ts";
import { dayOf, proofAgainSeconds, type Standing } from "../../model/watch/may-look.ts";
import { inItsPlace, nextLookAt } from "../../model/watch/schedule.ts";
import type { ClaimedWatch } from "./claim-due.ts";
import type { WatchDeps } from "./deps.ts";
import { isProofDue, lookForProof } from "./proof.ts";

/** What came of a visit. `lost`: another worker took the watch, or it was removed; nothing was written. */
export type WatchVisit =
  | { outcome: "looked"; isKnown: boolean; events: readonly WatchEvent[]; proven: boolean }
  | { outcome: "unproven" | "lost" };

/**
 * One visit to a watch that this worker holds: look for the proof of control where that is due, audit the domain if it may
 * be looked at, and record all of it in one transaction under the rev of the claim. Killed at any moment it leaves nothing
 * behind, and the watch comes due again when its lease ends.
 */
export async function visitWatch(deps: WatchDeps, { row, standing }: ClaimedWatch): Promise<WatchVisit> {
  try {
    const begunAt = deps.now();
    const proof = isProofDue(row, standing, begunAt) ? await lookForProof(deps, row) : undefined;
    const proven = proof === "present" ? "proven" : standing;
    return proven === "lapsed" ? await rest(deps, row, proof) : await look(deps, row, proven, proof);
  } catch (error) {
    if (error instanceof StaleLease) return { outcome: "lost" };
    throw error;
  }
}

/** A domain that nobody has shown to be theirs is left alone, but for its proof. */
async function rest(deps: WatchDeps, row: WatchRow, proof: RecordState | undefined): Promise<WatchVisit> {
  const now = deps.now();
  const intervalSeconds = Math.max(row.intervalSeconds, proofAgainSeconds);
  await transact(deps.db, async (trx) => {
    const dueAt = inItsPlace(row.name, intervalSeconds, now);
    await returnWatch(trx, row.id, row.rev, { dueAt, resting: "unproven", ...proofSeen(proof, now) });
  });
  return { outcome: "unproven" };
}

async function look(
  deps: WatchDeps,
  row: WatchRow,
  standing: Standing,
  proof: RecordState | undefined,
): Promise<WatchVisit> {
  const before = await loadHistory(deps.db, row);
  const { evidence, audit, score, queries } = await deps.audit({
    domain: row.name,
    now: deps.now(),
    expected: row.selectors,
    remembered: before.selectors.map(({ selector }) => selector),
    history: historyEvidenceOf(before.observations),
  });
  const seen = lookOf(row.rev, evidence, audit);
  const { history, events } = fold(before, seen);
  const now = deps.now();
  const next = nextLookAt(row.name, row.intervalSeconds, now, {
    after: !seen.isKnown ? "unknown" : isUnsettled(history) ? "unsettled" : "settled",
    earlyLooks: row.earlyLooks,
    ttlSeconds: longestTtlOf(seen),
  });
  const outcome: WatchOutcome = {
    ...next,
    resting: null,
    lookedAt: now,
    look: history.look,
    apartAt: history.apartAt,
    ...(seen.isKnown && { knownAt: now, score: score ?? null }),
    ...proofSeen(proof, now),
  };
  await transact(deps.db, async (trx) => {
    await returnWatch(trx, row.id, row.rev, outcome);
    await storeHistory(trx, row, before, history);
    await appendEvents(trx, row, now, events);
    await spend(trx, { tenantId: row.tenantId, day: dayOf(now), looks: 0, unprovenLooks: 0, queries });
    if (proof === "present" && row.proofSeenAt === null) await logProof(trx, row, now);
  });
  return { outcome: "looked", isKnown: seen.isKnown, events, proven: standing === "proven" };
}

/** A proof that was not there, or could not be asked for, ages; how old it may become is `standingOf`. */
const proofSeen = (proof: RecordState | undefined, now: number): Partial<WatchOutcome> =>
  proof === undefined ? {} : { proofLookedAt: now, ...(proof === "present" && { proofSeenAt: now }) };

const logProof = (trx: Transaction, { tenantId, name }: WatchRow, at: number): Promise<void> =>
  appendAuditLog(trx, { tenantId, at, actor: "controller", action: "watch.proven", subject: name, detail: {} });
