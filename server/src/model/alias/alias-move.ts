import { drainWaitSeconds, type TimingPolicy, visibilityWaitSeconds } from "../rotation/timing-policy.ts";
import { type AliasFinding, latestOf } from "./alias-fact.ts";
import {
  type AliasBlock,
  type AliasGuard,
  aliasGuards,
  type AliasTransition,
  type AliasWait,
  firstAliasBlock,
} from "./alias-guard.ts";
import {
  agreedSince,
  aliasPhase,
  type AliasState,
  currentTarget,
  lastSight,
  previousTarget,
  sinceServed,
  wantedTarget,
} from "./alias-state.ts";

/** The one next thing to do for an alias. Whoever does it records the fact and asks again. */
export type AliasStep =
  /** In one transaction our zone leads to `to`, and the fact is recorded. */
  | { do: "move"; to: string; from: string | undefined }
  | { do: "record"; finding: AliasFinding }
  /** Take the record out of our zone. */
  | { do: "remove" }
  /** Ask every authoritative address of a name and of what is behind it. */
  | { do: "observe"; name: string }
  | { do: "wait"; untilTrustedMs: number | undefined; waits: readonly AliasWait[] };

type Proposal = Exclude<AliasStep, { do: "wait" }> | { do: "nothing"; wait: AliasWait };
const urgency: Record<Proposal["do"], number> = { move: 0, record: 1, remove: 2, observe: 3, nothing: 4 };

/**
 * Decides; does nothing. A wanted target is moved to when every guard holds; then the move is confirmed and settles. An alias
 * at rest has its target looked at, and the one before, which is the way back.
 */
export function nextAliasStep(state: AliasState, policy: TimingPolicy, among = aliasGuards): AliasStep {
  const proposals = propose(state, policy, among);
  const first = proposals.toSorted((a, b) => urgency[a.do] - urgency[b.do])[0];
  if (first !== undefined && first.do !== "nothing") return first;
  const waits = proposals.flatMap((proposal) => (proposal.do === "nothing" ? [proposal.wait] : []));
  const ends = waits.flatMap(({ untilTrustedMs }) => untilTrustedMs ?? []);
  return { do: "wait", untilTrustedMs: ends.length === 0 ? undefined : Math.min(...ends), waits };
}

function propose(state: AliasState, policy: TimingPolicy, among: readonly AliasGuard[]): Proposal[] {
  const { facts } = state;
  const stranger = facts.find((fact) => fact.kind === "unknown");
  if (stranger !== undefined) {
    const reason = `${state.keyName} carries a record of kind "${stranger.name}", which this version does not know`;
    return [{ do: "nothing", wait: { for: "newer-version", reason } }];
  }
  const decide = (transition: AliasTransition, to: string, step: Proposal): Proposal => {
    const block = firstAliasBlock(transition, { state, policy, to }, among);
    return block === undefined ? step : asProposal(block);
  };
  const current = currentTarget(facts);
  const wanted = wantedTarget(facts);
  if (state.released) {
    if (current === undefined) return [];
    const drainSeconds = drainWaitSeconds(policy);
    const leaving: AliasFinding = {
      kind: "leaving",
      evidence: { endsTrustedMs: state.trustedMs + drainSeconds * 1000, drainSeconds },
    };
    if (latestOf(facts, "leaving") === undefined) return [{ do: "record", finding: leaving }];
    return [decide("remove", current, { do: "remove" })];
  }
  return [
    ...(wanted === undefined ? [] : [decide("move", wanted, { do: "move", to: wanted, from: current })]),
    ...(current === undefined ? [] : follow(state, policy, current, decide)),
  ];
}

const asProposal = (block: AliasBlock): Proposal =>
  "observe" in block ? { do: "observe", name: block.observe } : { do: "nothing", wait: block.wait };

/** What a served alias asks for: to be confirmed, to settle, to be watched. */
function follow(
  state: AliasState,
  policy: TimingPolicy,
  current: string,
  decide: (transition: AliasTransition, to: string, step: Proposal) => Proposal,
): Proposal[] {
  const phase = aliasPhase(state.facts);
  if (phase === "publishing")
    return [decide("confirm", current, { do: "record", finding: confirmedNow(state, policy) })];
  if (phase === "published") {
    const observedTrustedMs = lastSight(state, state.aliasName)?.trustedMs ?? state.trustedMs;
    return [decide("settle", current, { do: "record", finding: { kind: "settled", evidence: { observedTrustedMs } } })];
  }
  const before = previousTarget(state.facts);
  return [current, ...(before === undefined ? [] : [before])].map((name) => watch(state, policy, name));
}

/** P begins: the longest TTL with which the alias was ever served, and what is measured now (I-2). */
function confirmedNow(state: AliasState, policy: TimingPolicy): AliasFinding {
  const [step] = lastSight(state, state.aliasName)?.steps ?? [];
  const served = state.facts.flatMap((fact) => (fact.kind === "served" ? [fact.evidence.ttlSeconds] : []));
  const positiveTtlSeconds = Math.max(step?.positiveTtlSeconds ?? 0, ...served);
  const isFirst = latestOf(sinceServed(state.facts), "served")?.evidence.from === null;
  const negativeTtlSeconds = Math.max(step?.negativeTtlSeconds ?? 0, policy.negativeTtlSeconds); // our own zone: known
  const steps = [{ zone: state.ownZone, positiveTtlSeconds, negativeTtlSeconds }];
  const seen = agreedSince(state, state.aliasName, policy);
  return {
    kind: "confirmed",
    evidence: {
      seenTrustedMs: seen?.trustedMs ?? state.trustedMs,
      waitSeconds: visibilityWaitSeconds(steps, isFirst ? "new" : "changed", policy),
    },
  };
}

function watch(state: AliasState, policy: TimingPolicy, name: string): Proposal {
  const last = lastSight(state, name);
  const dueMs = last === undefined ? 0 : last.trustedMs + policy.watchIntervalSeconds * 1000;
  if (state.trustedMs >= dueMs) return { do: "observe", name };
  return { do: "nothing", wait: { for: "sight", untilTrustedMs: dueMs, reason: `${name} is watched` } };
}
