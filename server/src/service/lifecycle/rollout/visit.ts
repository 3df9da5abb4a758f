import { StaleLease } from "../../../engine/database/faults.ts";
import { newId } from "../../../engine/database/id.ts";
import { wakeDomain } from "../../../engine/database/lease.ts";
import {
  appendRolloutFact,
  claimRollout,
  countWaves,
  fencedRollout,
  listRolloutDomains,
  listRolloutFacts,
  releaseRollout,
  servedRotations,
  updateRolloutDomain,
} from "../../../engine/database/rollouts.ts";
import { insertRotation } from "../../../engine/database/rotations.ts";
import type { RolloutDomainRow, RolloutRow, Transaction } from "../../../engine/database/schema.ts";
import { transact } from "../../../engine/database/transact.ts";
import {
  currentWave,
  isCanary,
  nextRolloutStep,
  type RolloutState,
  type RolloutStep,
  rolloutStatus,
} from "../../../model/rotation/rollout.ts";
import type { RolloutDeps, Shortfall } from "./deps.ts";

/** Longer than one step takes; each step prolongs it. */
const leaseSeconds = 60;
/** So many steps in one visit; a rollout that wants more is due again at once. */
const stepsMax = 50;
const domainsAtOnce = 200;

/** A rollout that is claimed: every transaction begins with its fence. */
type Claimed = { deps: RolloutDeps; row: RolloutRow; rev: number };

/**
 * One visit to a rollout: claim it, note what became of the domains under way, and do one step after another until there is
 * nothing to do but wait. Any number of workers may visit; the rev lets one of them write. Answers what was done.
 */
export async function visitRollout(deps: RolloutDeps, row: RolloutRow): Promise<string[]> {
  const rev = await claimRollout(deps.db, row.id, deps.owner, leaseSeconds, deps.now());
  if (rev === undefined) return [];
  const claimed = { deps, row, rev };
  const done: string[] = [];
  try {
    for (let steps = 0; steps < stepsMax; steps++) {
      await noteOutcomes(claimed);
      const state = await stateOf(claimed);
      const step = nextRolloutStep(state, deps.now());
      if (step.do === "wait") {
        await releaseRollout(deps.db, row.id, rev, dueAfter(claimed, state, step));
        return done;
      }
      if (step.do === "begin") done.push(`began ${await beginDomains(claimed, step)} of wave ${step.wave}`);
      else {
        await write(claimed, (trx) => appendRolloutFact(trx, row.id, step.fact));
        done.push(step.fact.kind === "halted" ? `halted: ${step.fact.reason}` : step.fact.kind);
      }
    }
    await releaseRollout(deps.db, row.id, rev, deps.now());
    return done;
  } catch (error) {
    if (error instanceof StaleLease) return [...done, "lost"];
    throw error;
  }
}

const write = ({ deps, row, rev }: Claimed, work: (trx: Transaction) => Promise<void>): Promise<void> =>
  transact(deps.db, async (trx) => {
    await fencedRollout(trx, row.id, rev, deps.now() + leaseSeconds);
    await work(trx);
  });

async function stateOf({ deps: { db }, row }: Claimed): Promise<RolloutState> {
  return { plan: row.plan, facts: await listRolloutFacts(db, row.id), waves: await countWaves(db, row) };
}

/** Null: nothing is left to look at. What flies is followed to its end, whoever paused or stopped the rest. */
function dueAfter(
  { deps }: Claimed,
  { facts, waves }: RolloutState,
  step: RolloutStep & { do: "wait" },
): number | null {
  const flying = waves.some(({ begun, rotated, failed }) => rotated + failed < begun);
  const soon = deps.now() + deps.pollSeconds;
  if (rolloutStatus(facts) !== "running") return flying ? soon : null;
  return step.until === undefined ? soon : Math.min(step.until, soon);
}

/** Asks for the rotations of the next domains of the wave, in one transaction: after a crash either all of them or none. */
async function beginDomains(claimed: Claimed, { wave, domainsMax }: RolloutStep & { do: "begin" }): Promise<number> {
  const { deps, row } = claimed;
  const next = await listRolloutDomains(deps.db, row.id, { wave, outcome: null, begun: false }, domainsMax);
  const obstacles = new Map<number, string>();
  for (const { place, domainId, stream } of next) {
    const obstacle = await deps.obstacleOf(row.tenantId, domainId, stream);
    if (obstacle !== undefined) obstacles.set(place, obstacle);
  }
  const now = deps.now();
  await write(claimed, async (trx) => {
    for (const one of next) {
      const obstacle = obstacles.get(one.place);
      if (obstacle === undefined) await begin(trx, row, one, now);
      else await updateRolloutDomain(trx, one, { outcome: "left", reason: obstacle, endedAt: now });
    }
  });
  return next.length - obstacles.size;
}

async function begin(trx: Transaction, row: RolloutRow, one: RolloutDomainRow, now: number): Promise<void> {
  const { tenantId, id: rolloutId } = row;
  const { domainId, stream } = one;
  const id = newId("rot");
  const asked = { reason: "requested", requestedAt: now, requestedBy: rolloutId };
  await insertRotation(trx, { id, tenantId, domainId, stream, ...asked });
  await updateRolloutDomain(trx, one, { rotationId: id, begunAt: now });
  await wakeDomain(trx, domainId, now);
}

/** Writes down which domains have rotated and which have failed since the last look. */
async function noteOutcomes(claimed: Claimed): Promise<void> {
  const { deps, row } = claimed;
  for (let after = -1; ;) {
    const flying = await listRolloutDomains(deps.db, row.id, { outcome: null, begun: true, after }, domainsAtOnce);
    await noteEnds(claimed, flying);
    after = flying.at(-1)?.place ?? after;
    if (flying.length < domainsAtOnce) break;
  }
  const state = await stateOf(claimed);
  if (!isCanary(currentWave(state), state.plan) || rolloutStatus(state.facts) !== "running") return;
  const canary = await listRolloutDomains(deps.db, row.id, { wave: 0, outcome: "rotated" }, domainsAtOnce);
  const faults = await Promise.all(
    canary.map(async (one) => {
      const reason = await deps.faultOf(row.tenantId, one.domainId, one.stream, one.begunAt ?? 0);
      return reason === undefined ? [] : [{ one, ended: { outcome: "failed" as const, reason } }];
    }),
  );
  await recordEnds(claimed, faults.flat());
}

type Ended = { one: RolloutDomainRow; ended: Shortfall | { outcome: "rotated"; reason: null } };

async function noteEnds(claimed: Claimed, flying: readonly RolloutDomainRow[]): Promise<void> {
  const { deps, row } = claimed;
  const served = await servedRotations(deps.db, [...new Set(flying.map(({ domainId }) => domainId))]);
  const ended: Ended[] = [];
  for (const one of flying) {
    if (one.rotationId !== null && served.has(one.rotationId))
      ended.push({ one, ended: { outcome: "rotated", reason: null } });
    else if (deps.now() - (one.begunAt ?? 0) > row.plan.stuckAfterSeconds) {
      const stuck = await deps.stuckOf(row.tenantId, one.domainId, one.stream);
      if (stuck !== undefined) ended.push({ one, ended: stuck });
    }
  }
  await recordEnds(claimed, ended);
}

async function recordEnds(claimed: Claimed, ends: readonly Ended[]): Promise<void> {
  if (ends.length === 0) return;
  const endedAt = claimed.deps.now();
  await write(claimed, async (trx) => {
    for (const { one, ended } of ends) await updateRolloutDomain(trx, one, { ...ended, endedAt });
  });
}
