import type { ChainObservation } from "./chain-observation.ts";
import { confirm, type Expectation, judgeRound, reasonsOf } from "./confirm.ts";
import { latest, type TrustedMs } from "../key/key-fact.ts";
import type { KeyRole } from "../key/key-role.ts";
import type { Block, Moment } from "./rotation-guard.ts";
import { type DomainState, isKeptByCustomer, type ManagedKey, phaseOfKey, roundsOf } from "./rotation-state.ts";
import type { Seconds } from "../seconds.ts";
import type { TimingPolicy } from "./timing-policy.ts";

// What the guards ask of the rounds of observation: whether a record was seen, and when to look again.

/** Which key a wait is about. */
export const about = (key: ManagedKey): { keyId: string; role: KeyRole } => ({ keyId: key.id, role: key.role });

/**
 * A new key's name has to be looked at: for strangers there the key is given up. Before the first key under a method nobody may answer
 * for the name at all, since our zone opens with it.
 */
export function nameNotSeen({ state, policy, key }: Moment): Block | undefined {
  if (key === undefined || phaseOfKey(key) === "silenced") return undefined; // its own empty record stands there
  const round = roundsOf(state, key).at(-1);
  if (round === undefined || ageMs(state, round) > policy.freshnessSeconds * 1000) return { observe: key };
  const verdict = judgeRound(round, key.chain, "absent");
  const sinceMs = state.methodSinceMs ?? 0;
  const served = state.keys.some(
    (other) =>
      !isKeptByCustomer(other) &&
      other.method.name === key.method.name &&
      (latest(other.facts, "confirmed")?.trustedMs ?? -1) >= sinceMs,
  );
  if (verdict.verdict !== "unknown" || !served) return undefined;
  const dueMs = nextRoundMs(state, key, "absent", policy.observeIntervalSeconds, policy);
  if (state.trustedMs >= dueMs) return { observe: key };
  return { wait: { for: "name", ...about(key), untilTrustedMs: dueMs, reason: reasonsOf(verdict).join("; ") } };
}

/** CONFIRM holds now: agreed by round after round, the last of them fresh and made at `notBeforeMs` or later. */
export function notSeen(
  moment: Moment,
  key: ManagedKey | undefined,
  expected: Expectation,
  notBeforeMs: TrustedMs,
): Block | undefined {
  const { state, policy, role } = moment;
  if (key === undefined) return { wait: { for: "sight", role, reason: "no key is active" } };
  const confirmation = confirm(roundsOf(state, key), key.chain, expected, policy);
  if (confirmation.state === "confirmed") {
    const { latest: round } = confirmation;
    if (round.trustedMs >= notBeforeMs && ageMs(state, round) <= policy.freshnessSeconds * 1000) return undefined;
  }
  const dueMs = nextRoundMs(state, key, expected, policy.confirmGapSeconds, policy);
  if (state.trustedMs >= dueMs) return { observe: key };
  const reason =
    confirmation.state === "confirmed" ? "is about to be looked at again" : confirmation.reasons.join("; ");
  return { wait: { for: "sight", ...about(key), untilTrustedMs: dueMs, reason } };
}

/** The trusted clock may run late and the wall clock may jump: the observation is as old as the worse of the two says. */
const ageMs = (state: DomainState, round: ChainObservation): number =>
  Math.max(state.trustedMs - round.trustedMs, Math.abs(state.wallMs - round.wallMs));

/** When to look again: after the gap if the last round agreed, else after the usual interval. */
export function nextRoundMs(
  state: DomainState,
  key: ManagedKey,
  expected: Expectation,
  gapSeconds: number,
  policy: TimingPolicy,
): TrustedMs {
  const last = roundsOf(state, key).at(-1);
  if (last === undefined) return 0;
  const agreed = judgeRound(last, key.chain, expected).verdict === "agreed";
  return last.trustedMs + (agreed ? gapSeconds : patience(state, key, policy)) * 1000;
}

/** A customer who lets us wait for days is looked at less and less often. */
function patience(state: DomainState, key: ManagedKey, policy: TimingPolicy): Seconds {
  const asked = isKeptByCustomer(key) ? latest(key.facts, "asked") : undefined;
  if (asked === undefined) return policy.observeIntervalSeconds;
  const waitedSeconds = Math.floor((state.trustedMs - asked.trustedMs) / 1000);
  return Math.max(policy.observeIntervalSeconds, Math.min(Math.floor(waitedSeconds / 20), policy.watchIntervalSeconds));
}
