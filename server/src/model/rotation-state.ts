import type { ChainObservation } from "./chain-observation.ts";
import type { DelegationMethod, ExpectedChain } from "./delegation.ts";
import { type KeyFact, latest, type TrustedMs } from "./key-fact.ts";
import { isUpcoming, type KeyPhase, phaseOf } from "./key-phase.ts";
import type { KeyAlgorithm, KeyRole } from "./key-role.ts";
import type { MoveState } from "./move.ts";
import type { Seconds } from "./seconds.ts";

/**
 * Why a successor was asked for. `standby` only fills the stand-by place, `move` makes the first key under another method. The others
 * are answered by a switch, of whichever key is ready then.
 */
export type RotationReason = "first" | "standby" | "move" | "scheduled" | "requested";

export type Rotation = { id: string; reason: RotationReason; requestedAt: Seconds };

/** A key with its life so far. */
export type ManagedKey = {
  id: string;
  /** The rotation it was generated for; with the role, the one slot that no other key can take (I-13). */
  rotationId: string;
  role: KeyRole;
  /** The method it was made under: a claim that moved to another keeps its older keys until they are gone. */
  method: DelegationMethod;
  slot: number;
  selector: string;
  /** In the order in which they were recorded. */
  facts: readonly KeyFact[];
  chain: ExpectedChain;
};

/** Everything that the next step of one domain depends on. */
export type DomainState = {
  /** The method that new keys are made under. */
  method: DelegationMethod;
  /** Since when its delegation stands without a break; absent: since the claim began. */
  methodSinceMs?: TrustedMs | undefined;
  /** The claim moves from one method to another, or is to; absent: it does not. */
  move?: MoveState | undefined;
  algorithms: readonly KeyAlgorithm[];
  /** The claim was given up: nothing signs any more, and what is published goes once mail in flight has arrived. */
  released: boolean;
  keys: readonly ManagedKey[];
  /** In the order in which they were asked for. */
  rotations: readonly Rotation[];
  /** The latest rounds of observation of each key, oldest first. A process that has just begun has none. */
  rounds: ReadonlyMap<string, readonly ChainObservation[]>;
  trustedMs: TrustedMs;
  wallMs: number;
};

export const phaseOfKey = (key: ManagedKey): KeyPhase => phaseOf(key.facts);

export const keysOf = (state: DomainState, role: KeyRole): ManagedKey[] =>
  state.keys.filter((key) => key.role === role);

export const keysIn = (state: DomainState, role: KeyRole, ...phases: readonly KeyPhase[]): ManagedKey[] =>
  keysOf(state, role).filter((key) => phases.includes(phaseOfKey(key)));

export const activeKey = (state: DomainState, role: KeyRole): ManagedKey | undefined =>
  keysIn(state, role, "active")[0];

/** Whether a key was made under the method that new keys are made under. */
export const isOfMethod = (state: DomainState, key: ManagedKey): boolean => key.method.name === state.method.name;

/** The key on its way to take over. At most one of a role and a method is made at a time. */
export const successorOf = (state: DomainState, role: KeyRole): ManagedKey | undefined =>
  keysOf(state, role).find((key) => isOfMethod(state, key) && isUpcoming(phaseOfKey(key)));

/**
 * Waits to sign under a method that is no longer wanted, while a key of the wanted one signs: it is taken back. Until then it may be
 * all there is to turn to.
 */
export function isLeftBehind(state: DomainState, key: ManagedKey): boolean {
  const active = activeKey(state, key.role);
  return isUpcoming(phaseOfKey(key)) && !isOfMethod(state, key) && active !== undefined && isOfMethod(state, active);
}

/** Whether a key of the role was switched to because of this rotation. */
const isServed = (state: DomainState, role: KeyRole, rotation: Rotation): boolean =>
  keysOf(state, role).some((key) =>
    key.facts.some((fact) => fact.kind === "activated" && fact.evidence.serves === rotation.id),
  );

const asksForSwitch: Record<RotationReason, boolean> = {
  first: true,
  standby: false,
  move: false, // the switch is due as long as a key of the other method signs
  scheduled: true,
  requested: true,
};

/** The oldest rotation that still asks for a switch. */
export const pendingRotation = (state: DomainState, role: KeyRole): Rotation | undefined =>
  state.rotations.find((rotation) => asksForSwitch[rotation.reason] && !isServed(state, role, rotation));

/** The oldest rotation for which a key may still be made. Making it again after a crash finds the same one. */
export const openRotation = (state: DomainState, role: KeyRole): Rotation | undefined =>
  state.rotations.find(
    (rotation) =>
      !isServed(state, role, rotation) && !keysOf(state, role).some((key) => key.rotationId === rotation.id),
  );

/** When the running wait of a key ends on the trusted clock, and what it is called; undefined: no wait runs. */
export function runningWait(
  key: ManagedKey,
): { for: "visibility" | "drain" | "settle"; endsMs: TrustedMs } | undefined {
  const phase = phaseOfKey(key);
  if (phase === "published") {
    const confirmed = latest(key.facts, "confirmed");
    if (confirmed === undefined) return undefined;
    return { for: "visibility", endsMs: confirmed.evidence.seenTrustedMs + frozenVisibilityWait(key) * 1000 };
  }
  if (phase === "draining") {
    const deactivated = latest(key.facts, "deactivated");
    if (deactivated === undefined) return undefined;
    const { lastUseTrustedMs, drainSeconds } = deactivated.evidence;
    return { for: "drain", endsMs: lastUseTrustedMs + drainSeconds * 1000 };
  }
  const absent = phase === "withdrawing" ? latest(key.facts, "absent") : undefined;
  if (absent === undefined) return undefined;
  return { for: "settle", endsMs: absent.evidence.seenTrustedMs + absent.evidence.waitSeconds * 1000 };
}

/** W as recorded when the key was confirmed, or as lengthened since then; never what today's policy would give (I-21). */
export function frozenVisibilityWait(key: ManagedKey): Seconds {
  const from = key.facts.findLastIndex(({ kind }) => kind === "confirmed");
  return key.facts
    .slice(Math.max(0, from))
    .reduce(
      (longest, fact) =>
        fact.kind === "confirmed" || fact.kind === "lengthened"
          ? Math.max(longest, fact.evidence.waitSeconds)
          : longest,
      0,
    );
}
