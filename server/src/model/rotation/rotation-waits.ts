import type { DelegationMethod } from "../delegation/delegation.ts";
import { latest, type KeyEvidence } from "../key/key-fact.ts";
import type { DomainState } from "./rotation-state.ts";
import type { Seconds } from "../seconds.ts";
import {
  drainWaitSeconds,
  signingRoles,
  type StepTtls,
  type TimingPolicy,
  unmeasuredStep,
  visibilityWaitSeconds,
} from "./timing-policy.ts";

/** A duration that a wait was computed from, by the symbol of the formula. */
export type WaitInput = { symbol: "P" | "N" | "R" | "L" | "Q" | "V" | "X" | "ε"; seconds: Seconds; from: string };

/** A wait that every rotation has, as it would be now, and what it comes from. A wait that runs keeps what it began with. */
export type WaitExplained = { wait: "W" | "D"; seconds: Seconds; formula: string; inputs: WaitInput[] };

export type RotationWaits = {
  waits: WaitExplained[];
  /** Names that a key can have; undefined: a new name for every key. */
  names: number | undefined;
  /** The shortest interval that the waits allow; undefined: names never have to be waited for. */
  shortestIntervalSeconds: Seconds | undefined;
};

/**
 * W and D of a domain, from the TTLs last measured at its names. A ring of n names cannot turn faster than (W + D) / (n - 1):
 * a name is taken again when n - 1 others have signed, and by then its key must be drained and the new one seen.
 */
export function rotationWaits(state: DomainState, policy: TimingPolicy): RotationWaits {
  const visibility = visibilityExplained(state, policy);
  const drain = drainExplained(policy);
  // A name that is offered ahead is for one key: it is never waited for.
  const names = state.method.offered === undefined ? state.method.slots("primary")?.length : undefined;
  const shortest = names === undefined ? undefined : shortestInterval(visibility.seconds + drain.seconds, names);
  return { waits: [visibility, drain], names, shortestIntervalSeconds: shortest };
}

/** The same before anything was measured: for a domain that has yet to be added, or for all of a tenant's. */
export const plannedShortestInterval = (names: number, policy: TimingPolicy): Seconds =>
  shortestInterval(
    visibilityWaitSeconds([unmeasuredStep(policy)], "changed", policy) + drainWaitSeconds(policy),
    names,
  );

const shortestInterval = (wPlusD: Seconds, names: number): Seconds => Math.ceil(wPlusD / Math.max(1, names - 1));

function visibilityExplained(state: DomainState, policy: TimingPolicy): WaitExplained {
  const confirmed = lastConfirmed(state);
  const measured = confirmed !== undefined && confirmed.steps.length > 0;
  const steps: readonly StepTtls[] = measured ? confirmed.steps : [unmeasuredStep(policy)];
  const history = historyOf(state.method, state);
  const suffix = measured ? "as measured" : "as we would serve it: nothing was measured yet";
  const inputs = steps.flatMap((step): WaitInput[] => [
    ...(history === "changed"
      ? [{ symbol: "P" as const, seconds: step.positiveTtlSeconds, from: `TTL at ${step.zone}, ${suffix}` }]
      : []),
    ...(step.negativeTtlSeconds === undefined
      ? []
      : [{ symbol: "N" as const, seconds: step.negativeTtlSeconds, from: `negative TTL of ${step.zone}, ${suffix}` }]),
  ]);
  inputs.push({ symbol: "R", seconds: policy.resolverSlackSeconds, from: "resolver_slack_seconds" });
  return {
    wait: "W",
    seconds: visibilityWaitSeconds(steps, history, policy),
    formula: history === "changed" ? "max(P, N) + R" : "max N + R",
    inputs,
  };
}

/** A name of a ring had another value before; a new name in a zone that was seen to be ours had none. */
const historyOf = (method: DelegationMethod, state: DomainState): "new" | "changed" =>
  method.history(state.keys.some(({ facts }) => facts.some(({ kind }) => kind === "ready")));

function lastConfirmed(state: DomainState): KeyEvidence["confirmed"] | undefined {
  const facts = state.keys
    .filter(({ method }) => method.name === state.method.name)
    .flatMap((key) => latest(key.facts, "confirmed") ?? []);
  return facts.toSorted((a, b) => b.trustedMs - a.trustedMs)[0]?.evidence;
}

function drainExplained(policy: TimingPolicy): WaitExplained {
  const longest = signingRoles(policy).toSorted(
    (a, b) => Math.min(b.inFlightSeconds, b.lifetimeSeconds) - Math.min(a.inFlightSeconds, a.lifetimeSeconds),
  )[0]!;
  const { role } = longest;
  const ownQueueSeconds = role === "relay" ? policy.relayOwnQueueSeconds : policy.milterOwnQueueSeconds;
  return {
    wait: "D",
    seconds: drainWaitSeconds(policy),
    formula: "L + min(Q + Q + V, X) + ε",
    inputs: [
      { symbol: "L", seconds: policy.signerLeaseSeconds, from: "signer_lease_seconds" },
      { symbol: "Q", seconds: ownQueueSeconds, from: `${role}_own_queue_seconds` },
      { symbol: "Q", seconds: policy.downstreamQueueSeconds, from: "downstream_queue_seconds" },
      { symbol: "V", seconds: policy.verifierDelaySeconds, from: "verifier_delay_seconds" },
      { symbol: "X", seconds: longest.lifetimeSeconds, from: `${role}_signature_lifetime_seconds` },
      { symbol: "ε", seconds: policy.clockErrorSeconds, from: "clock_error_seconds" },
    ],
  };
}
