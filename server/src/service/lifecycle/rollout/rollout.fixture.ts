import { insertDomain, markDomainVerified } from "../../../engine/database/domains.ts";
import { appendKeyFact } from "../../../engine/database/key-facts.ts";
import { newId } from "../../../engine/database/id.ts";
import { insertKey } from "../../../engine/database/keys.ts";
import { insertRotation } from "../../../engine/database/rotations.ts";
import { findRollout, listDueRollouts } from "../../../engine/database/rollouts.ts";
import { addTenant, someDomain, someKey, someRotation } from "../../../engine/database/rows.fixture.ts";
import type { Database } from "../../../engine/database/schema.ts";
import { transact } from "../../../engine/database/transact.ts";
import { insertStream } from "../../../engine/database/streams.ts";
import type { KeyRole } from "../../../model/key/key-role.ts";
import type { RolloutPlan } from "../../../model/rotation/rollout.ts";
import type { RolloutDeps, Shortfall } from "./deps.ts";
import { type RolloutWish, startRollout } from "./start.ts";
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
  start: (plan?: Partial<RolloutPlan>, wish?: Partial<Pick<RolloutWish, "choice" | "streams">>) => Promise<string>;
  /** Gives a domain a stream with a key of its own. */
  addStream: (domainId: string, name: string) => Promise<void>;
  /** Gives a domain, or its stream, a second key, which has signed from the beginning. */
  addSecond: (domainId: string) => Promise<void>;
  /** Visits what is due; answers what was done. */
  visit: (deps?: RolloutDeps) => Promise<string[]>;
  /** Visits until nothing is done any more at this moment. */
  settle: () => Promise<string[]>;
  /** What was asked for happens: the key of each domain's stream under way, or of these domains, takes over. */
  rotate: (which?: readonly string[], role?: KeyRole) => Promise<number>;
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
      keys.set(`${domain.id}  primary`, key.id);
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
    domainIds: [...keys.keys()].map((place) => place.split(" ")[0]!),
    clock,
    obstacles,
    stuck,
    faults,
    worker,
    addStream: (domainId, name) =>
      transact(db, async (trx) => {
        const stream = { tenantId, domainId, name, series: null, policy: null, createdAt: 1, removedAt: null };
        await insertStream(trx, stream);
        const rotation = { ...someRotation(tenantId, domainId, newId("rot")), stream: name };
        await insertRotation(trx, rotation);
        const key = { ...someKey(tenantId, domainId, rotation.id), stream: name };
        await insertKey(trx, key);
        keys.set(`${domainId} ${name} primary`, key.id);
      }),
    addSecond: (domainId) =>
      transact(db, async (trx) => {
        const algorithms = JSON.stringify(["rsa-sha256", "ed25519-sha256"]);
        await trx.updateTable("domains").set({ algorithms }).where("id", "=", domainId).execute();
        const rotation = someRotation(tenantId, domainId, newId("rot"));
        await insertRotation(trx, rotation);
        const key = { ...someKey(tenantId, domainId, rotation.id), role: "second" } as const;
        await insertKey(trx, key);
        const evidence = { serves: rotation.id, replaces: null, observedTrustedMs: 0 };
        await appendKeyFact(trx, { keyId: key.id, kind: "activated", at: 1, trustedMs: 0, evidence });
        keys.set(`${domainId}  second`, key.id);
      }),
    start: (plan, wish = {}) =>
      startRollout(
        db,
        {
          tenantId,
          choice: "all",
          ...wish,
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
    rotate: async (which, role = "primary") => {
      const rows = await db.selectFrom("rolloutDomains").selectAll().where("begunAt", "is not", null).execute();
      const flying = rows.filter(({ outcome, domainId }) => outcome === null && (which?.includes(domainId) ?? true));
      await transact(db, async (trx) => {
        for (const { domainId, stream, rotationId } of flying) {
          const evidence = { serves: rotationId, replaces: null, observedTrustedMs: 0 };
          const keyId = keys.get(`${domainId} ${stream} ${role}`)!;
          await appendKeyFact(trx, { keyId, kind: "activated", at: clock.now, trustedMs: 0, evidence });
        }
      });
      return flying.length;
    },
  };
}

export const rowOf = async ({ db, tenantId }: Fleet, id: string) => (await findRollout(db, tenantId, id))!;
