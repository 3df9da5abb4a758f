import { latest } from "../key/key-fact.ts";
import { isRevoked } from "../key/key-revocation.ts";
import type { KeyPhase } from "../key/key-phase.ts";
import type { KeyRole } from "../key/key-role.ts";
import type { Wait } from "./rotation-guard.ts";
import {
  type DomainState,
  isServed,
  keysOf,
  type ManagedKey,
  pendingRotation,
  pendingRotations,
  phaseOfKey,
  type Rotation,
  successorOf,
} from "./rotation-state.ts";
import { waitsOf } from "./rotation.ts";
import { stoppedSince } from "../key/signer.ts";
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
  | "DONE"
  | "ABORT";

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
  silenced: "KEYGEN",
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
  if (rotation.reason !== "standby" && isServed(state, role, rotation)) return "DONE";
  if (rotation.abortedTrustedMs !== undefined) return "ABORT";
  const own = keys.find((key) => key.rotationId === rotation.id && !isRevoked(key));
  const isNext = pendingRotation(state, role)?.id === rotation.id;
  const key = own ?? (isNext ? successorOf(state, role) : undefined);
  return key === undefined ? "PLANNED" : stepOfSuccessor[phaseOfKey(key)];
}

/** Whether a rotation that was asked for has yet to begin: another one is before it, no key is on its way, or an older key is in the way. */
export const waitsItsTurn = (state: DomainState, role: KeyRole, policy: TimingPolicy, rotation: Rotation): boolean =>
  blocksOf(state, role, policy, rotation).length > 0 ||
  (pendingRotation(state, role)?.id === rotation.id && rotationStepOf(state, rotation, role) === "PLANNED");

/** Why a rotation that was asked for cannot go on before something else has ended. */
export function blocksOf(state: DomainState, role: KeyRole, policy: TimingPolicy, rotation: Rotation): Wait[] {
  const pending = pendingRotations(state, role);
  const at = pending.findIndex(({ id }) => id === rotation.id);
  if (at === -1) return [];
  const blocks = waitsOf(state, policy).filter(
    (wait) => wait.role === role && (wait.for === "rotation" || wait.for === "name"),
  );
  return at === 0 ? blocks : [{ for: "rotation", role, reason: "another rotation comes first" }, ...blocks];
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
