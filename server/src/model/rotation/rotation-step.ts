import type { KeyFinding } from "../key/key-fact.ts";
import type { KeyAlgorithm, KeyRole } from "../key/key-role.ts";
import type { MoveFinding } from "../delegation/move.ts";
import type { Moment, Transition, Wait } from "./rotation-guard.ts";
import type { DomainState, ManagedKey, RotationReason } from "./rotation-state.ts";
import type { TimingPolicy } from "./timing-policy.ts";

/** The one next thing to do for a domain. Whoever does it records the fact and asks again. */
export type Step =
  /** Write down that a successor is wanted, before anything is made for it. */
  | { do: "plan"; reason: RotationReason }
  /** Give the customer the next names of a series to publish. */
  | { do: "issue"; role: KeyRole; unused: number }
  | { do: "generate"; rotationId: string; role: KeyRole; algorithm: KeyAlgorithm; slot: number }
  | { do: "publish"; key: ManagedKey }
  /** Ask every authoritative server of the key's chain, and come back with the round. */
  | { do: "observe"; key: ManagedKey }
  /** The world has shown this: record it. */
  | { do: "record"; key: ManagedKey; finding: KeyFinding }
  /** In one transaction `to` becomes active and `from` stops. */
  | { do: "switch"; to: ManagedKey; from: ManagedKey | undefined; findings: { to: KeyFinding; from: KeyFinding } }
  | { do: "withdraw"; key: ManagedKey }
  /** The private half is made public. */
  | { do: "disclose"; key: ManagedKey }
  /** Let its record say `p=` until the claim is in force again. */
  | { do: "silence"; key: ManagedKey }
  /** Put the empty `p=` in place of a revoked key's record. */
  | { do: "revoke"; key: ManagedKey }
  | { do: "destroy"; key: ManagedKey }
  /** The claim's move to another method has come this far: record it. */
  | { do: "move"; finding: MoveFinding }
  /** Nothing can be done before `untilTrustedMs` (undefined: before something changes outside). */
  | { do: "wait"; untilTrustedMs: number | undefined; waits: readonly Wait[] };

/**
 * What one key or one role asks for: a step that can be done now, or what it waits for. `watch`: a look that nothing waits for.
 */
export type Proposal = Exclude<Step, { do: "wait" }> | { do: "watch"; key: ManagedKey } | { do: "nothing"; wait: Wait };

/** Asks the guards whether a transition may be done: the step, or what blocks it. `step`: a function, where what is recorded has to be worked out first. */
export type Decide = (
  transition: Transition,
  moment: Pick<Moment, "role" | "slot" | "key">,
  step: Proposal | (() => Proposal),
) => Proposal;

/** What one key asks for in a certain phase. */
export type ProposalsOfKey = (state: DomainState, policy: TimingPolicy, key: ManagedKey, decide: Decide) => Proposal[];

/** The key as what a transition is about. */
export const at = (key: ManagedKey): Pick<Moment, "role" | "slot" | "key"> => ({
  role: key.role,
  slot: key.slot,
  key,
});
