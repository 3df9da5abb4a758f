import { appendAuditLog } from "../../../engine/database/audit-log.ts";
import type { Page, PageRequest } from "../../../engine/database/page.ts";
import {
  appendRolloutFact,
  countStreams,
  countWaves,
  findRollout,
  interruptRollout,
  listRolloutDomains,
  listRolloutFacts,
  listRollouts,
} from "../../../engine/database/rollouts.ts";
import type { Database, RolloutDomainRow, RolloutRow } from "../../../engine/database/schema.ts";
import { transact } from "../../../engine/database/transact.ts";
import {
  currentWave,
  type RolloutFact,
  type RolloutStatus,
  rolloutStatus,
  type WaveCount,
} from "../../../model/rotation/rollout.ts";
import type { Seconds } from "../../../model/seconds.ts";
import { Refusal } from "../../refusal.ts";

/** A rollout as it stands: computed from what was recorded. */
export type RolloutView = {
  row: RolloutRow;
  status: RolloutStatus;
  /** Undefined: all waves have settled. */
  wave: number | undefined;
  waves: WaveCount[];
  /** The same by stream; the default one, whose name is empty, first. */
  streams: (WaveCount & { stream: string })[];
  facts: RolloutFact[];
  /** The first of the domains that failed. */
  failed: RolloutDomainRow[];
};

const failedShown = 20;

export async function rolloutView(db: Database, row: RolloutRow): Promise<RolloutView> {
  const facts = await listRolloutFacts(db, row.id);
  const waves = await countWaves(db, row);
  const streams = await countStreams(db, row.id);
  const failed = await listRolloutDomains(db, row.id, { outcome: "failed" }, failedShown);
  return { row, status: rolloutStatus(facts), wave: currentWave({ facts, waves }), waves, streams, facts, failed };
}

export const rollouts = (db: Database, tenantId: string, page: PageRequest): Promise<Page<RolloutRow>> =>
  listRollouts(db, tenantId, page);

export async function rolloutById(db: Database, tenantId: string, id: string): Promise<RolloutRow> {
  const row = await findRollout(db, tenantId, id);
  if (row === undefined) throw new Refusal("not-found", `there is no rollout ${id}; "chancery fleet list" lists them`);
  return row;
}

export type RolloutOrder = "pause" | "resume" | "stop";

/** In which states each order means something. */
const obeyed: Record<RolloutOrder, readonly RolloutStatus[]> = {
  pause: ["running"],
  resume: ["paused", "halted"],
  stop: ["running", "paused", "halted"],
};

/**
 * Pauses, resumes or ends a rollout. Rotations that were asked for are carried out all the same: none is left half done.
 * Whoever resumes a halted one knows what has failed: only further failures count from then on.
 */
export async function orderRollout(
  db: Database,
  row: RolloutRow,
  order: RolloutOrder,
  { by, now, reason = "" }: { by: string; now: Seconds; reason?: string },
): Promise<RolloutView> {
  await transact(db, async (trx) => {
    await interruptRollout(trx, row.id, now);
    const { status, waves } = await rolloutView(trx, row);
    if (!obeyed[order].includes(status))
      throw new Refusal("not-ready", `${row.id} is ${status}: there is nothing to ${order}`);
    const sum = (of: keyof WaveCount): number => waves.reduce((total, wave) => total + wave[of], 0);
    const known = { failuresKnown: sum("failed"), begunThen: sum("begun") };
    const facts: Record<RolloutOrder, RolloutFact> = {
      pause: { kind: "paused", at: now, by },
      resume: { kind: "resumed", at: now, by, ...known },
      stop: { kind: "stopped", at: now, by, reason },
    };
    await appendRolloutFact(trx, row.id, facts[order]);
    const { tenantId, id: subject } = row;
    await appendAuditLog(trx, {
      tenantId,
      at: now,
      actor: by,
      action: `rollout.${order}`,
      subject,
      detail: { reason },
    });
  });
  return rolloutView(db, row);
}
