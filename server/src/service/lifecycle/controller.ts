import { claimDomain, releaseLease, renewLease } from "../../engine/database/lease.ts";
import { findDomain } from "../../engine/database/domains.ts";
import { StaleLease } from "../../engine/database/faults.ts";
import { putRecordState } from "../../engine/database/record-states.ts";
import type { RecordStateRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import type { ChainObservation } from "../../model/rotation/chain-observation.ts";
import type { Finding } from "../../model/finding.ts";
import { type KeyLook, lookOf, rotationAlarms } from "../../model/rotation/rotation-alarm.ts";
import type { Wait } from "../../model/rotation/rotation-guard.ts";
import type { DomainState, ManagedKey } from "../../model/rotation/rotation-state.ts";
import { expectationOf } from "../../model/rotation/rotation-loss.ts";
import type { Step } from "../../model/rotation/rotation-step.ts";
import { nextStepOfStreams } from "../../model/rotation/stream.ts";
import { lookedAtName } from "./alarms.ts";
import { visitAliases } from "./alias-visit.ts";
import { carryOut, type Obstacle, type Turn } from "./carry-out.ts";
import type { LifecycleDeps, LifecycleSettings } from "./deps.ts";
import { governedDomain, type GovernedStream, stateUnderPolicy } from "./governed-domain.ts";
import { isManaged } from "./load-domain.ts";
import { chainObservation } from "./observe-chain.ts";
import type { RoundBook } from "./rounds.ts";

/** Longer than one step takes, a round of looks included. */
const leaseSeconds = 120;
/** So many steps in one visit; a domain that wants more is due again at once. */
const stepsMax = 50;
/** A domain at rest is visited at least this often, or as often as its keys are watched: settings and clocks change. */
const restSecondsMin = 300;
/** Due times are whole seconds: two of them are more than one. */
const servedWithinSeconds = 2;
/** How soon a fault of a key is tried again. */
const obstacleSeconds = 60;

/** What came of a visit. `steps`: what was done, in order. `alarms`: absent where nobody judged. */
export type Visit =
  | { outcome: "held" | "not-live" | "not-configured" | "lost"; steps: readonly string[] }
  | { outcome: "at-rest"; steps: readonly string[]; waits: readonly Wait[]; alarms?: readonly Finding[]; dueAt: number }
  | { outcome: "obstacle"; steps: readonly string[]; obstacle: Obstacle; dueAt: number };

/**
 * One visit to a domain: claim it, and then load, decide, do one step, record what it did, ask again, until there is
 * nothing to do but wait. Any number of controllers may visit; the rev of the claim lets one of them write.
 */
export async function reconcileDomain(
  deps: LifecycleDeps,
  book: RoundBook,
  { id, tenantId }: { id: string; tenantId: string },
): Promise<Visit> {
  const settings = await deps.settings();
  const row = await findDomain(deps.db, tenantId, id);
  if (row === undefined || !isManaged(row)) return { outcome: "not-live", steps: [] };
  if (settings.dns === undefined) return { outcome: "not-configured", steps: [] };
  const rev = await claimDomain(deps.db, id, deps.owner, leaseSeconds, nowSeconds(deps));
  if (rev === undefined) return { outcome: "held", steps: [] };
  try {
    const seen: RecordStateRow[] = [];
    const visit = await visitClaimed(deps, book, { id, tenantId, rev, seen }, { ...settings, dns: settings.dns });
    const dueAt = "dueAt" in visit ? visit.dueAt : nowSeconds(deps) + restSecondsMin;
    // In one transaction: what a commit costs is what a domain at rest costs.
    const kept = await transact(deps.db, async (trx) => {
      for (const state of seen) await putRecordState(trx, state);
      return releaseLease(trx, id, rev, dueAt);
    });
    return kept ? visit : { outcome: "lost", steps: visit.steps };
  } catch (error) {
    if (error instanceof StaleLease) return { outcome: "lost", steps: [] };
    throw error;
  }
}

const nowSeconds = (deps: LifecycleDeps): number => Math.floor(deps.nowMs() / 1000);

type Configured = LifecycleSettings & { dns: NonNullable<LifecycleSettings["dns"]> };

async function visitClaimed(
  deps: LifecycleDeps,
  book: RoundBook,
  { id, tenantId, rev, seen }: { id: string; tenantId: string; rev: number; seen: RecordStateRow[] },
  { policy, dns, disclose = false }: Configured,
): Promise<Visit> {
  const steps: string[] = [];
  let leasedAt = nowSeconds(deps);
  while (steps.length < stepsMax) {
    const governed = await governedDomain(deps.db, tenantId, id, { policy, dns, disclose });
    if (governed === undefined || !isManaged(governed.domain.row)) return { outcome: "not-live", steps };
    const { domain } = governed;
    const now = { wallMs: deps.nowMs(), trustedMs: await deps.trustedTime.readMs() };
    const rounds = book.roundsOf(
      domain.keys.map((key) => key.id),
      now.trustedMs,
    );
    const decided = (stream: GovernedStream) => ({
      stream,
      state: stateUnderPolicy(governed, stream, rounds, now),
      policy: stream.timing,
    });
    const [first, ...others] = governed.streams;
    const streams = [decided(first), ...others.map(decided)] as const;
    const { step, of } = nextStepOfStreams([...streams]);
    const turn: Turn = {
      deps,
      domain,
      stream: of.stream,
      rev,
      policy: of.policy,
      keyType: of.stream.effective.policy.keyType,
      dns,
      nowMs: now.wallMs,
      trustedMs: now.trustedMs,
    };
    if (step.do === "wait") {
      const aliases = await visitAliases(turn, book, leaseSeconds);
      steps.push(...aliases.steps);
      if (aliases.outcome === "lost") return { outcome: "lost", steps };
      const ends = [step.untilTrustedMs, aliases.untilTrustedMs].filter((end) => end !== undefined);
      const untilTrustedMs = ends.length === 0 ? undefined : Math.min(...ends);
      const alarms = streams.flatMap(({ state, policy: timing }) =>
        rotationAlarms(domain.row.name, state, timing, looksIn(state)),
      );
      const dueAt = dueAtOf(turn, { ...step, untilTrustedMs });
      return { outcome: "at-rest", steps, waits: step.waits, alarms, dueAt };
    }
    if (nowSeconds(deps) - leasedAt > leaseSeconds / 2) {
      leasedAt = nowSeconds(deps);
      if (!(await renewLease(deps.db, id, rev, leaseSeconds, leasedAt))) return { outcome: "lost", steps };
    }
    if (step.do === "observe") {
      const round = await lookAt(turn, step.key, seen);
      book.add(step.key.id, round, policy.confirmRounds + 1);
    } else {
      const obstacle = await carryOut(turn, step);
      if (obstacle !== undefined) {
        return { outcome: "obstacle", steps, obstacle, dueAt: nowSeconds(deps) + obstacleSeconds };
      }
    }
    steps.push(named(step));
    // The name server takes a change of our zone over within a second: a look before that finds what was there before.
    if (step.do === "publish" || step.do === "withdraw" || step.do === "revoke" || step.do === "silence") {
      book.forget(step.key.id); // what was seen before the change says nothing of it
      return { outcome: "at-rest", steps, waits: [], dueAt: nowSeconds(deps) + servedWithinSeconds };
    }
  }
  return { outcome: "at-rest", steps, waits: [], dueAt: nowSeconds(deps) };
}

/** The last look at each key, as this controller remembers it. */
const looksIn = ({ keys, rounds }: DomainState): Map<string, KeyLook> =>
  new Map(
    keys.flatMap((key) => {
      const round = rounds.get(key.id)?.at(-1);
      return round === undefined ? [] : [[key.id, lookOf(key, round)] as const];
    }),
  );

/** A step for the log: what was done, to which selector. */
function named(step: Step): string {
  if (step.do === "record") return `${step.finding.kind} ${step.key.selector}`;
  if (step.do === "move") return `move ${step.finding.kind}`;
  if (step.do === "switch") return `switch to ${step.to.selector}`;
  return "key" in step ? `${step.do} ${step.key.selector}` : step.do;
}

/** The wall clock's second at which the trusted clock can have reached the end of the wait. */
function dueAtOf({ nowMs, trustedMs, policy }: Turn, { untilTrustedMs }: Extract<Step, { do: "wait" }>): number {
  const restMs = Math.max(restSecondsMin, policy.watchIntervalSeconds) * 1000;
  const leftMs = untilTrustedMs === undefined ? restMs : Math.min(restMs, Math.max(0, untilTrustedMs - trustedMs) + 1);
  return Math.ceil((nowMs + leftMs) / 1000);
}

/** One round at all authoritative servers, and the latest state of the key name for people to read. */
async function lookAt(turn: Turn, key: ManagedKey, states: RecordStateRow[]): Promise<ChainObservation> {
  const { deps, domain } = turn;
  const expected = expectationOf(key);
  const { chain } = key;
  const asked = lookedAtName(key);
  const seen = await deps.observe(asked);
  // The negative TTL of the zone that delegates shows at a name beside the delegation.
  const sibling = chain.delegation && key.method.challengeName({ ...domain.claim, method: key.method.name });
  const beside = sibling === undefined ? undefined : await deps.observe(sibling);
  const at = { trustedMs: await deps.trustedTime.readMs(), wallMs: deps.nowMs() };
  const round = chainObservation(seen, chain, at, beside?.names[0]?.zone);
  // What a customer made of a record that it keeps, onboarding looks at more closely, and tells.
  if (chain.record.keptBy === "customer") return round;
  if (expected === "gone") return round; // what stands there now is another key's matter
  const { state, ...found } = lookOf(key, round);
  const checkedAt = Math.floor(at.wallMs / 1000);
  states.push({ domainId: domain.row.id, name: asked, type: "TXT", state, found, checkedAt });
  return round;
}
