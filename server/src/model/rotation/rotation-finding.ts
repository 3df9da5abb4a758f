import type { ChainObservation } from "./chain-observation.ts";
import { confirm, judgeRound, reasonsOf } from "./confirm.ts";
import { type KeyFinding, latest, type TrustedMs } from "../key/key-fact.ts";
import { longestTtlSeconds } from "../key/record-ttl.ts";
import { wasSuperseded, withFormerTtls } from "./rotation-history.ts";
import { expectationOf } from "./rotation-loss.ts";
import { broughtAs, type DomainState, frozenVisibilityWait, type ManagedKey, roundsOf } from "./rotation-state.ts";
import {
  drainWaitSeconds,
  settleWaitSeconds,
  type StepTtls,
  type TimingPolicy,
  visibilityWaitSeconds,
} from "./timing-policy.ts";

/** When the key was last looked at. */
export const lastSeenMs = (state: DomainState, key: ManagedKey): TrustedMs =>
  roundsOf(state, key).at(-1)?.trustedMs ?? state.trustedMs;

/** What the rounds show of a key that is confirmed at this moment; with it W begins, and is fixed. */
export function confirmedNow(state: DomainState, policy: TimingPolicy, key: ManagedKey): KeyFinding {
  const rounds = roundsOf(state, key);
  const confirmation = confirm(rounds, key.chain, "present", policy);
  const confirmed = confirmation.state === "confirmed" ? confirmation : undefined;
  const steps = withFormerTtls(key, withServedTtl(key, withLearntTtls(key, confirmed?.round.steps ?? [], rounds)));
  // A key that comes back stood as `p=` until then, and caches may have that.
  const wasSilenced = latest(key.facts, "silenced") !== undefined;
  const history = wasSilenced || wasSuperseded(key) ? "changed" : key.method.history(wasDelegatedBefore(state, key));
  return {
    kind: "confirmed",
    evidence: {
      seenTrustedMs: confirmed?.seenTrustedMs ?? state.trustedMs,
      waitSeconds: visibilityWaitSeconds(steps, history, policy),
      history,
      steps,
      resolverSlackSeconds: policy.resolverSlackSeconds,
      addresses: confirmed?.round.addresses ?? [],
    },
  };
}

/**
 * A negative TTL that this round did not learn, because the one answer with the SOA was lost, is taken from the rounds just before; where
 * no round learnt it, the longest sensible one is assumed. Should it have grown since, the next look lengthens the wait.
 */
function withLearntTtls(
  key: ManagedKey,
  steps: readonly StepTtls[],
  rounds: readonly ChainObservation[],
): readonly StepTtls[] {
  const learnt = rounds.flatMap((round) => judgeRound(round, key.chain, "present").steps);
  return steps.map((step) => {
    if (step.negativeTtlSeconds !== undefined) return step;
    const known = learnt.flatMap(({ zone, negativeTtlSeconds }) =>
      zone === step.zone && negativeTtlSeconds !== undefined ? [negativeTtlSeconds] : [],
    );
    return known.length === 0 ? step : { ...step, negativeTtlSeconds: Math.max(...known) };
  });
}

/** What our zone said, by the record of it, beside what was measured: an address we could not reach may serve that TTL. */
function withServedTtl(key: ManagedKey, steps: readonly StepTtls[]): StepTtls[] {
  const publishing = latest(key.facts, "publishing");
  if (publishing === undefined) return [...steps];
  const { zone } = publishing.evidence;
  const silentTtlSeconds = latest(key.facts, "silenced")?.evidence.recordTtlSeconds ?? 0;
  const recordTtlSeconds = Math.max(publishing.evidence.recordTtlSeconds, silentTtlSeconds);
  return steps.map((step) =>
    step.zone === zone ? { ...step, positiveTtlSeconds: Math.max(step.positiveTtlSeconds, recordTtlSeconds) } : step,
  );
}

/**
 * Some key of the claim and its method was made ready since it was delegated: whatever stood at the customer's side until then is out of
 * every cache. A method that the claim had left and came back to begins anew.
 */
const wasDelegatedBefore = (state: DomainState, key: ManagedKey): boolean =>
  state.keys.some(
    (other) =>
      other !== key &&
      other.method.name === key.method.name &&
      other.facts.some(({ kind, trustedMs }) => kind === "ready" && trustedMs >= (state.methodSinceMs ?? 0)),
  );

/** What the last round holds against a key that was confirmed before: it is gone, or a TTL on the way has grown (I-21). */
export function setbackOf(state: DomainState, policy: TimingPolicy, key: ManagedKey): KeyFinding | undefined {
  const round = roundsOf(state, key).at(-1);
  const confirmed = latest(key.facts, "confirmed");
  if (round === undefined || confirmed === undefined || round.trustedMs < confirmed.trustedMs) return undefined;
  const verdict = judgeRound(round, key.chain, "present");
  if (verdict.verdict === "wrong") return { kind: "unconfirmed", evidence: { reasons: reasonsOf(verdict) } };
  const measured = verdict.steps.map((step) => ({ ...step, negativeTtlSeconds: step.negativeTtlSeconds ?? 0 }));
  const { history, resolverSlackSeconds } = confirmed.evidence;
  const waitSeconds = visibilityWaitSeconds(measured, history, { ...policy, resolverSlackSeconds });
  return waitSeconds > frozenVisibilityWait(key)
    ? { kind: "lengthened", evidence: { waitSeconds, steps: measured } }
    : undefined;
}

/** What the rounds show of a record that is gone from every server at this moment; with it the caches' wait begins. */
export function absentNow(state: DomainState, policy: TimingPolicy, key: ManagedKey): KeyFinding {
  const rounds = roundsOf(state, key);
  const confirmation = confirm(rounds, key.chain, "absent", policy);
  const seenTrustedMs = confirmation.state === "confirmed" ? confirmation.seenTrustedMs : state.trustedMs;
  // Until it was removed it could be seen with the TTL that caches have it for.
  const lately = rounds.flatMap((round) => judgeRound(round, key.chain, "absent").steps);
  const ttls = lately.map(({ positiveTtlSeconds }) => positiveTtlSeconds);
  const waitSeconds = settleWaitSeconds(Math.max(longestTtlSeconds(key), ...ttls), policy);
  const addresses = confirmation.state === "confirmed" ? confirmation.round.addresses : [];
  const staleSeconds = policy.staleServingSeconds;
  return { kind: "absent", evidence: { seenTrustedMs, waitSeconds, staleSeconds, addresses } };
}

/** What the rounds show of a revoked key whose record is usable nowhere; from here on its empty `p=` is kept for a while. */
export function revokedNow(state: DomainState, policy: TimingPolicy, key: ManagedKey): KeyFinding {
  const confirmation = confirm(roundsOf(state, key), key.chain, expectationOf(key), policy);
  const seenTrustedMs = confirmation.state === "confirmed" ? confirmation.seenTrustedMs : state.trustedMs;
  return { kind: "revoked", evidence: { seenTrustedMs, keepSeconds: policy.revokedRecordSeconds } };
}

/** A signer that read "active" just before may go on until its lease ends; the drain counts from there. */
export function stopNow(
  state: DomainState,
  policy: TimingPolicy,
  key: ManagedKey | undefined,
): Extract<KeyFinding, { kind: "deactivated" }> {
  const lastUseTrustedMs = state.trustedMs + policy.signerLeaseSeconds * 1000;
  const others = key !== undefined && broughtAs(key) !== undefined ? policy.otherSignersSeconds : 0;
  return { kind: "deactivated", evidence: { lastUseTrustedMs, drainSeconds: drainWaitSeconds(policy) + others } };
}
