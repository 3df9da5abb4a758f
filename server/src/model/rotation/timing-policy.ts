import { day, hour, minute, type Seconds } from "../seconds.ts";

/**
 * Every duration that a rotation depends on. A wait is computed from it once, when the wait begins, and is recorded
 * with the fact that began it: a later change of the policy never shortens a running wait.
 */
export type TimingPolicy = {
  /** R: what resolvers add on their own: TTL floors, cached SERVFAIL, races of pre-fetching. */
  resolverSlackSeconds: Seconds;
  /** C: so many agreeing rounds over all authoritative addresses, at least `confirmGapSeconds` apart. */
  confirmRounds: number;
  confirmGapSeconds: Seconds;
  /** How soon a name is asked again after a round that did not agree. */
  observeIntervalSeconds: Seconds;
  /** How often a name is asked while its key signs, waits or stands by. */
  watchIntervalSeconds: Seconds;
  /** The same for a domain that has signed nothing for a day and has nothing under way. */
  quietWatchIntervalSeconds: Seconds;
  /** How old the last agreeing round may be at the instant of a transition. */
  freshnessSeconds: Seconds;
  /** L: how long a signer may use its last reading of which key is active. */
  signerLeaseSeconds: Seconds;
  /** Q_own: the greatest age of a signature when its message leaves the queue in front of which we signed. */
  relayOwnQueueSeconds: Seconds;
  milterOwnQueueSeconds: Seconds;
  /** Q_down: the longest life in later queues. */
  downstreamQueueSeconds: Seconds;
  /** V: how long after acceptance a receiver may still verify. */
  verifierDelaySeconds: Seconds;
  /** X: `x=` minus `t=` of the signatures made. */
  relaySignatureLifetimeSeconds: Seconds;
  milterSignatureLifetimeSeconds: Seconds;
  /** ε: disagreement between the clocks of our own machines. */
  clockErrorSeconds: Seconds;
  /** TTL of the key records that we serve. */
  recordTtlSeconds: Seconds;
  /** SOA MINIMUM of the zones that we serve: how long "no such name" is remembered (RFC 2308 §5). */
  negativeTtlSeconds: Seconds;
  /** How long a key signs before its successor is due. */
  rotateAfterSeconds: Seconds;
  /** For so long after a switch the private half of the old key is kept, whatever else. */
  rollbackWindowSeconds: Seconds;
  /** What is added to D for a key that the customer brought: others may sign with it, and we learn of their last use by hearsay. */
  otherSignersSeconds: Seconds;
  /** How long a customer may take over a record that it keeps before it is pressing. */
  customerActionSeconds: Seconds;
  /** The private half is destroyed this long after its record is gone for good. */
  destroyAfterSeconds: Seconds;
  /** The proof of control of a verified claim is looked at this often at least. */
  claimCheckSeconds: Seconds;
  /** The proof gone for so long: the domain's holder is warned. */
  claimWarnAfterSeconds: Seconds;
  /** … the claim is suspended. Also how old the last look may be for which a signer still signs. */
  claimSuspendAfterSeconds: Seconds;
  /** … the claim is released. */
  claimReleaseAfterSeconds: Seconds;
  /** The empty `p=` of a revoked key stands this long, for whoever asks about mail that still lies somewhere. */
  revokedRecordSeconds: Seconds;
  /** S_max: how long a resolver that cannot reach us goes on with what it knew (RFC 8767 §5). Counts only in what a revocation promises, and before a disclosure. */
  staleServingSeconds: Seconds;
};

const standard: TimingPolicy = {
  resolverSlackSeconds: 15 * minute,
  confirmRounds: 3,
  confirmGapSeconds: minute,
  observeIntervalSeconds: 5 * minute,
  watchIntervalSeconds: 15 * minute, // with the visit itself within the 10 min + L of I-1
  quietWatchIntervalSeconds: 6 * hour,
  freshnessSeconds: 10 * minute,
  signerLeaseSeconds: 10 * minute,
  relayOwnQueueSeconds: day,
  milterOwnQueueSeconds: 5 * day,
  downstreamQueueSeconds: 5 * day,
  verifierDelaySeconds: 4 * hour,
  relaySignatureLifetimeSeconds: 7 * day,
  milterSignatureLifetimeSeconds: 12 * day,
  clockErrorSeconds: 2 * hour,
  recordTtlSeconds: hour,
  negativeTtlSeconds: 5 * minute,
  rotateAfterSeconds: 180 * day,
  rollbackWindowSeconds: 2 * day,
  otherSignersSeconds: 7 * day,
  customerActionSeconds: 3 * day,
  destroyAfterSeconds: 30 * day,
  claimCheckSeconds: day,
  claimWarnAfterSeconds: 3 * day,
  claimSuspendAfterSeconds: 14 * day,
  claimReleaseAfterSeconds: 30 * day,
  revokedRecordSeconds: 30 * day,
  staleServingSeconds: 3 * day,
};

/** `default` is for mail that matters. `lab` turns days into seconds; what a verifier sees in a signature stays real. */
export const timingPresets = {
  default: standard,
  lab: {
    ...standard,
    resolverSlackSeconds: 1,
    confirmGapSeconds: 1,
    observeIntervalSeconds: 2,
    watchIntervalSeconds: 5,
    quietWatchIntervalSeconds: 5,
    freshnessSeconds: 10,
    signerLeaseSeconds: 3,
    relayOwnQueueSeconds: 10,
    milterOwnQueueSeconds: 10,
    downstreamQueueSeconds: 5,
    verifierDelaySeconds: 2,
    clockErrorSeconds: 2,
    recordTtlSeconds: 5,
    negativeTtlSeconds: 2,
    rotateAfterSeconds: hour,
    rollbackWindowSeconds: 10,
    otherSignersSeconds: 10,
    customerActionSeconds: 30,
    destroyAfterSeconds: minute,
    claimCheckSeconds: 2,
    claimWarnAfterSeconds: 30,
    claimSuspendAfterSeconds: 2 * minute,
    claimReleaseAfterSeconds: 5 * minute,
    revokedRecordSeconds: 10,
    staleServingSeconds: 5,
  },
} as const satisfies Record<string, TimingPolicy>;

/** P is believed up to here: resolvers do not keep anything longer than a week. */
export const positiveTtlMaxSeconds: Seconds = 7 * day;

/** What is assumed of a zone whose negative TTL was not learnt: the longest that RFC 2308 §5 finds sensible. */
const unmeasuredNegativeTtlSeconds: Seconds = 3 * hour;

/** What was measured at one step of the way from the key name to the record; no `negativeTtlSeconds`: not learnt. */
export type StepTtls = { zone: string; positiveTtlSeconds: Seconds; negativeTtlSeconds?: Seconds };

/** What stands for a step that nobody has measured yet: the TTLs that we serve. */
export const unmeasuredStep = (policy: TimingPolicy): StepTtls => ({
  zone: "our zone",
  positiveTtlSeconds: policy.recordTtlSeconds,
  negativeTtlSeconds: policy.negativeTtlSeconds,
});

/**
 * W: how long after the last authoritative server was first seen with the record nobody can still hold an older answer.
 * `new`: no name on the way existed before, so only "no such name" can be cached. `changed`: anything may have stood there.
 */
export function visibilityWaitSeconds(
  steps: readonly StepTtls[],
  history: "new" | "changed",
  policy: TimingPolicy,
): Seconds {
  const cached = steps.map((step) => {
    const positive = history === "changed" ? Math.min(step.positiveTtlSeconds, positiveTtlMaxSeconds) : 0;
    return Math.max(positive, step.negativeTtlSeconds ?? unmeasuredNegativeTtlSeconds);
  });
  return Math.max(0, ...cached) + policy.resolverSlackSeconds;
}

/** How long after all servers were seen without the record nobody can still hold it: max P, and what resolvers add. */
export const settleWaitSeconds = (positiveTtlSeconds: Seconds, policy: TimingPolicy): Seconds =>
  Math.min(positiveTtlSeconds, positiveTtlMaxSeconds) + policy.resolverSlackSeconds;

/**
 * D: how long after the last possible use of a key its mail may still be verified. A record may be withdrawn when *more*
 * than this has passed; with equality, mail of the last second fails. Every signature we make carries `x=`, hence the
 * minimum; relay and milter may both sign for a domain, hence the maximum.
 */
export function drainWaitSeconds(policy: TimingPolicy): Seconds {
  const inFlight = signingRoles(policy).map((role) => Math.min(role.inFlightSeconds, role.lifetimeSeconds));
  return policy.signerLeaseSeconds + Math.max(...inFlight) + policy.clockErrorSeconds;
}

/** The longest time a message can be on its way, and the life of its signature, for each kind of signer. */
export function signingRoles(policy: TimingPolicy): {
  role: "relay" | "milter";
  inFlightSeconds: Seconds;
  lifetimeSeconds: Seconds;
}[] {
  const later = policy.downstreamQueueSeconds + policy.verifierDelaySeconds;
  return [
    {
      role: "relay",
      inFlightSeconds: policy.relayOwnQueueSeconds + later,
      lifetimeSeconds: policy.relaySignatureLifetimeSeconds,
    },
    {
      role: "milter",
      inFlightSeconds: policy.milterOwnQueueSeconds + later,
      lifetimeSeconds: policy.milterSignatureLifetimeSeconds,
    },
  ];
}
