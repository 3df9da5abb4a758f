import { insertDomain, markDomainVerified } from "../../../engine/database/domains.ts";
import { appendKeyFact } from "../../../engine/database/key-facts.ts";
import { newId } from "../../../engine/database/id.ts";
import { insertKey } from "../../../engine/database/keys.ts";
import { insertRotation } from "../../../engine/database/rotations.ts";
import { findRollout, listDueRollouts } from "../../../engine/database/rollouts.ts";
import { addTenant, someDomain, someKey, someRotation } from "../../../engine/database/rows.fixture.ts";
import type { Database } from "../../../engine/database/schema.ts";
import { transact } from "../../../engine/database/transact.ts";
import type { RolloutPlan } from "../../../model/rotation/rollout.ts";
import type { RolloutDeps, Shortfall } from "./deps.ts";
import { startRollout } from "./start.ts";
import { visitRollout } from "./visit.ts";

/** A tenant's domains whose rotations happen when a test says so, and workers that share one clock. */
export type Fleet = {
  db: Database;
  tenantId: string;
  domainIds: string[];
  clock: { now: number };
  /** What the world says of each domain. */
  obstacles: Map<string, string>;
  stuck: Map<string, Shortfall>;
  faults: Map<string, string>;
  worker: (changes?: Partial<RolloutDeps>) => RolloutDeps;
  start: (plan?: Partial<RolloutPlan>) => Promise<string>;
  /** Visits what is due; answers what was done. */
  visit: (deps?: RolloutDeps) => Promise<string[]>;
  /** Visits until nothing is done any more at this moment. */
  settle: () => Promise<string[]>;
  /** What was asked for happens: the first key of each domain under way, or of these, takes over. */
  rotate: (which?: readonly string[]) => Promise<number>;
};

export async function fleetOf(db: Database, size: number): Promise<Fleet> {
  const tenantId = await addTenant(db);
  const clock = { now: 1000 };
  const keys = new Map<string, string>();
  await transact(db, async (trx) => {
    for (let index = 0; index < size; index++) {
      const domain = someDomain(tenantId, newId("dom"), `d${String(index).padStart(4, "0")}.example`);
      const rotation = someRotation(tenantId, domain.id, newId("rot"));
      const key = someKey(tenantId, domain.id, rotation.id);
      await insertDomain(trx, domain);
      await markDomainVerified(trx, tenantId, domain.id, 1);
      await insertRotation(trx, rotation);
      await insertKey(trx, key);
      keys.set(domain.id, key.id);
    }
  });
  const [obstacles, faults] = [new Map<string, string>(), new Map<string, string>()];
  const stuck = new Map<string, Shortfall>();
  const worker = (changes: Partial<RolloutDeps> = {}): RolloutDeps => ({
    db,
    now: () => clock.now,
    owner: "worker",
    pollSeconds: 5,
    obstacleOf: async (_, id) => obstacles.get(id),
    stuckOf: async (_, id) => stuck.get(id),
    faultOf: async (_, id) => faults.get(id),
    ...changes,
  });
  const visit = async (deps = worker()): Promise<string[]> => {
    const done: string[] = [];
    for (const row of await listDueRollouts(db, clock.now, 10)) done.push(...(await visitRollout(deps, row)));
    return done;
  };
  return {
    db,
    tenantId,
    domainIds: [...keys.keys()],
    clock,
    obstacles,
    stuck,
    faults,
    worker,
    start: (plan) =>
      startRollout(
        db,
        {
          tenantId,
          choice: "all",
          plan: {
            canary: 2,
            wavesPercent: [50, 100],
            maxFailuresPercent: 20,
            watchSeconds: 60,
            stuckAfterSeconds: 100,
            ...plan,
          },
          requestedBy: "test",
        },
        clock.now,
      ),
    visit,
    settle: async () => {
      const done: string[] = [];
      for (let more = await visit(); ; more = await visit()) {
        done.push(...more);
        clock.now += 5;
        if (more.length === 0) return done;
      }
    },
    rotate: async (which) => {
      const rows = await db.selectFrom("rolloutDomains").selectAll().where("begunAt", "is not", null).execute();
      const flying = rows.filter(({ outcome, domainId }) => outcome === null && (which?.includes(domainId) ?? true));
      await transact(db, async (trx) => {
        for (const { domainId, rotationId } of flying) {
          const evidence = { serves: rotationId, replaces: null, observedTrustedMs: 0 };
          const keyId = keys.get(domainId)!;
          await appendKeyFact(trx, { keyId, kind: "activated", at: clock.now, trustedMs: 0, evidence });
        }
      });
      return flying.length;
    },
  };
}

export const rowOf = async ({ db, tenantId }: Fleet, id: string) => (await findRollout(db, tenantId, id))!;
