import { latest } from "./key-fact.ts";
import type { KeyPhase } from "./key-phase.ts";
import type { KeyRole } from "./key-role.ts";
import type { Wait } from "./rotation-guard.ts";
import { type DomainState, keysOf, type ManagedKey, phaseOfKey, type Rotation, successorOf } from "./rotation-state.ts";
import { waitsOf } from "./rotation.ts";
import { stoppedSince } from "./signer.ts";
import type { TimingPolicy } from "./timing-policy.ts";

/** How far a rotation has come, in the words that operators know. Like phases, computed and never stored. */
export type RotationStep =
  | "PLANNED"
  | "KEYGEN"
  | "CONFIRM"
  | "PROPAGATE"
  | "READY"
  | "SWITCH"
  | "DRAIN"
  | "WITHDRAW"
  | "SETTLE"
  | "DONE";

/** Before the switch: the step by the phase of the key that is to take over. */
const stepOfSuccessor: Record<KeyPhase, RotationStep> = {
  generated: "KEYGEN",
  publishing: "CONFIRM",
  published: "PROPAGATE",
  ready: "READY",
  active: "DONE",
  draining: "DONE",
  withdrawing: "DONE",
  withdrawn: "DONE",
  revoking: "DONE",
  revoked: "DONE",
  destroyed: "DONE",
  unknown: "PLANNED",
};

export function rotationStepOf(state: DomainState, rotation: Rotation, role: KeyRole): RotationStep {
  const keys = keysOf(state, role);
  const switched = keys
    .flatMap((key) => key.facts)
    .find((fact) => fact.kind === "activated" && fact.evidence.serves === rotation.id);
  if (switched?.kind === "activated")
    return stepOfPredecessor(keys.find(({ id }) => id === switched.evidence.replaces));
  const own = keys.find((key) => key.rotationId === rotation.id);
  const key = rotation.reason === "standby" ? own : (own ?? successorOf(state, role));
  return key === undefined ? "PLANNED" : stepOfSuccessor[phaseOfKey(key)];
}

/** After the switch: the step by what is still to be done about the key that stopped. */
function stepOfPredecessor(key: ManagedKey | undefined): RotationStep {
  if (key === undefined) return "DONE";
  const phase = phaseOfKey(key);
  if (phase === "draining") return stoppedSince(key) === undefined ? "SWITCH" : "DRAIN";
  if (phase === "withdrawing") return latest(key.facts, "absent") === undefined ? "WITHDRAW" : "SETTLE";
  return "DONE";
}

/** A key as shown to people: its phase, and what it waits for. */
export type KeyView = { key: ManagedKey; phase: KeyPhase; waits: readonly Wait[] };

export function keyViews(state: DomainState, policy: TimingPolicy): { keys: KeyView[]; others: Wait[] } {
  const waits = waitsOf(state, policy);
  return {
    keys: state.keys.map((key) => ({
      key,
      phase: phaseOfKey(key),
      waits: waits.filter(({ keyId }) => keyId === key.id),
    })),
    others: waits.filter(({ keyId }) => keyId === undefined),
  };
}
