import type { ChainObservation } from "./chain-observation.ts";
import type { DelegationMethod, ExpectedChain } from "./delegation.ts";
import { type KeyFact, latest, type TrustedMs } from "./key-fact.ts";
import { isUpcoming, type KeyPhase, phaseOf } from "./key-phase.ts";
import { type KeyAlgorithm, type KeyRole, roleOf } from "./key-role.ts";
import type { Seconds } from "./seconds.ts";

/**
 * Why a successor was asked for. `standby` only fills the stand-by place. The others are answered by a switch, of whichever
 * key is ready then.
 */
export type RotationReason = "first" | "standby" | "scheduled" | "requested";

/** `dual`: an Ed25519 key signs beside the others while this rotation runs. */
export type Rotation = { id: string; reason: RotationReason; requestedAt: Seconds; dual?: boolean };

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
  /** No switch before this moment of the wall clock: the next change window opens then. Absent: one is open. */
  closedUntilWallMs?: number;
};

/** Whether the role signs at all: a role that is wanted no more drains as that of a released claim does. */
export const isWanted = (state: DomainState, role: KeyRole): boolean =>
  !state.released && state.algorithms.some((algorithm) => roleOf(algorithm) === role);

export const phaseOfKey = (key: ManagedKey): KeyPhase => phaseOf(key.facts);

export const keysOf = (state: DomainState, role: KeyRole): ManagedKey[] =>
  state.keys.filter((key) => key.role === role);

export const keysIn = (state: DomainState, role: KeyRole, ...phases: readonly KeyPhase[]): ManagedKey[] =>
  keysOf(state, role).filter((key) => phases.includes(phaseOfKey(key)));

export const activeKey = (state: DomainState, role: KeyRole): ManagedKey | undefined =>
  keysIn(state, role, "active")[0];

/** The key on its way to take over. At most one of a role is made at a time. */
export const successorOf = (state: DomainState, role: KeyRole): ManagedKey | undefined =>
  keysOf(state, role).find((key) => isUpcoming(phaseOfKey(key)));

/** Whether a key of the role was switched to because of this rotation. */
export const isServed = (state: Pick<DomainState, "keys">, role: KeyRole, rotation: Pick<Rotation, "id">): boolean =>
  state.keys.some(
    (key) =>
      key.role === role &&
      key.facts.some(
        (fact) =>
          fact.kind === "activated" &&
          (fact.evidence.serves === rotation.id || fact.evidence.alsoServes?.includes(rotation.id) === true),
      ),
  );

/** The rotations that still ask for a switch, the oldest first. */
export const pendingRotations = (state: DomainState, role: KeyRole): Rotation[] =>
  state.rotations.filter((rotation) => rotation.reason !== "standby" && !isServed(state, role, rotation));

export const pendingRotation = (state: DomainState, role: KeyRole): Rotation | undefined =>
  pendingRotations(state, role)[0];

/** Whether a rotation that asked for dual signing is under way: from its request until the key it replaces has drained. */
export const runsDual = (state: Pick<DomainState, "keys" | "rotations">): boolean =>
  state.rotations.some((rotation) => {
    if (rotation.dual !== true) return false;
    if (!isServed(state, "primary", rotation)) return true;
    const switched = state.keys
      .flatMap(({ role, facts }) => (role === "primary" ? facts : []))
      .find((fact) => fact.kind === "activated" && fact.evidence.serves === rotation.id);
    const before = state.keys.find(({ id }) => switched?.kind === "activated" && id === switched.evidence.replaces);
    return before !== undefined && phaseOfKey(before) === "draining";
  });

/** The oldest rotation for which a key may still be made. Making it again after a crash finds the same one. */
export const openRotation = (state: DomainState, role: KeyRole): Rotation | undefined =>
  state.rotations.find(
    (rotation) =>
      (rotation.reason === "standby" || !isServed(state, role, rotation)) &&
      !keysOf(state, role).some((key) => key.rotationId === rotation.id),
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
