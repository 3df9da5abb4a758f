import { setTimeout as pause } from "node:timers/promises";
import { DatabaseUnavailable } from "../../engine/database/faults.ts";
import { listDueRollouts } from "../../engine/database/rollouts.ts";
import type { RolloutDeps } from "../../service/lifecycle/rollout/deps.ts";
import { visitRollout } from "../../service/lifecycle/rollout/visit.ts";
import type { Log } from "../log.ts";

const idleMs = 1000;
const rolloutsAtOnce = 8;

/** Drives rollouts as they come due, until told to stop: beside the reconcile loop, which does what they ask for. */
export async function runFleet(deps: RolloutDeps, log: Log, signal: AbortSignal): Promise<void> {
  let away = false;
  while (!signal.aborted) {
    try {
      const due = await listDueRollouts(deps.db, deps.now(), rolloutsAtOnce);
      if (away) log.info({}, "the database is back");
      away = false;
      await Promise.all(
        due.map(async (row) => {
          const done = await visitRollout(deps, row);
          if (done.length > 0) log.info({ rollout: row.id, steps: done }, "rollout");
        }),
      );
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      if (!away) log.error({ problem: error.message }, "the database is away; rollouts rest");
      away = true;
    }
    await pause(idleMs, undefined, { signal }).catch(() => {});
  }
}
