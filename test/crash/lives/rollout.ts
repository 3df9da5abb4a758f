import { listRolloutFacts, listDueRollouts, listRollouts } from "../../../server/src/engine/database/rollouts.ts";
import type { Database } from "../../../server/src/engine/database/schema.ts";
import { rolloutStatus } from "../../../server/src/model/rotation/rollout.ts";
import { startRollout } from "../../../server/src/service/lifecycle/rollout/start.ts";
import { visitRollout } from "../../../server/src/service/lifecycle/rollout/visit.ts";
import { tenantId } from "./world.ts";

const plan = { canary: 1, wavesPercent: [100], maxFailuresPercent: 50, watchSeconds: 2, stuckAfterSeconds: 3600 };

/** How the one rollout stands; undefined: it was not asked for. */
export async function readRollout(db: Database): Promise<string | undefined> {
  const [rollout] = (await listRollouts(db, tenantId, { limit: 2 })).rows;
  return rollout && rolloutStatus(await listRolloutFacts(db, rollout.id));
}

export const startedRollout = (db: Database, now: number): Promise<string> =>
  startRollout(
    db,
    { tenantId, choice: { names: ["first.example", "second.example"] }, plan, requestedBy: "test" },
    now,
  );

/** What a worker of rollouts does in one turn. */
export async function workOnRollouts(db: Database, owner: string, now: number): Promise<void> {
  for (const row of await listDueRollouts(db, now, 4))
    await visitRollout(
      {
        db,
        now: () => now,
        owner,
        pollSeconds: 1,
        obstacleOf: async () => undefined,
        stuckOf: async () => undefined,
        faultOf: async () => undefined,
      },
      row,
    );
}
